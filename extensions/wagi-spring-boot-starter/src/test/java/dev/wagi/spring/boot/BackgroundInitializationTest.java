// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.Wagi;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether the list is complete is in {@code ConsumersTest}. */
class BackgroundInitializationTest {

    @Test
    void classes_areThereAndEachIsNamedOnce() throws Exception {
        List<String> names = BackgroundInitialization.classes();

        assertThat(names).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(250);
        for (String name : names) {
            assertThat(Class.forName(name, false, Wagi.class.getClassLoader())).isNotNull();
        }
    }

    /**
     * If the initialiser of one class needs another one, and that the first, then two threads that begin with one each
     * wait permanently.
     */
    @Test
    void initializers_needOneAnotherInOneDirection() throws Exception {
        assumeTrue(Initialized.canBeAsked(), "this JDK does not tell which classes are initialised");

        assertThat(circles(BackgroundInitialization.classes())).isEmpty();
        assertThat(circles(List.of(Hen.class.getName(), Egg.class.getName(), Wagi.class.getName())))
                .containsExactly(Set.of(Hen.class.getName(), Egg.class.getName()));
    }

    private static final class Hen {
        static final Object FIRST = new Egg();
    }

    private static final class Egg {
        static final Object FIRST = new Hen();
    }

    /** Of those, and of what they initialise. */
    private static Set<Set<String>> circles(List<String> names) throws Exception {
        Map<String, Set<String>> needed = new LinkedHashMap<>();
        Deque<String> left = new ArrayDeque<>(names);
        while (!left.isEmpty()) {
            String name = left.remove();
            if (!needed.containsKey(name)) {
                needed.put(name, Initialized.after(name));
                left.addAll(needed.get(name));
            }
        }
        Set<Set<String>> circles = new LinkedHashSet<>();
        needed.forEach((name, others) -> others.stream()
                .filter(other -> !other.equals(name) && needed.get(other).contains(name))
                .forEach(other -> circles.add(Set.of(name, other))));
        return circles;
    }

    /** The classes of the test once more. */
    private static final class Initialized extends URLClassLoader {

        private Initialized(URL[] urls) {
            super(urls, ClassLoader.getPlatformClassLoader());
        }

        static boolean canBeAsked() {
            try {
                question();
                return true;
            } catch (ReflectiveOperationException e) {
                return false;
            }
        }

        private static Method question() throws ReflectiveOperationException {
            return Class.forName("sun.misc.Unsafe").getMethod("shouldBeInitialized", Class.class);
        }

        private final List<Class<?>> found = new ArrayList<>();

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> type = super.findClass(name);
            found.add(type);
            return type;
        }

        /** Which classes of WAGI and the engine are initialised by the initialisation of one, itself included. */
        static Set<String> after(String name) throws Exception {
            Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            field.setAccessible(true);
            Object unsafe = field.get(null);
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            Set<String> initialized = new LinkedHashSet<>();
            try (Initialized loader = new Initialized(urls.toArray(URL[]::new))) {
                Class.forName(name, true, loader);
                for (Class<?> each : loader.found) {
                    boolean isOurs = each.getName().startsWith("dev.wagi.")
                            || each.getName().startsWith("com.dylibso.");
                    if (isOurs && !((boolean) question().invoke(unsafe, each))) {
                        initialized.add(each.getName());
                    }
                }
            }
            return initialized;
        }
    }
}
