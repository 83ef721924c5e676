// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** Checks a Maven module that calls the builder: what it uses, and what it shows. */
public final class Boundaries {

    private static final Set<String> EXPORTED =
            Set.of("dev.wagi.core", "dev.wagi.core.api", "dev.wagi.core.configuration", "dev.wagi.core.module");

    private final String root;
    private final JavaClasses main;

    private Boundaries(String root, JavaClasses main) {
        this.root = root;
        this.main = main;
    }

    /** Of the main classes in a package that is exported, and below it. */
    public static Boundaries of(String root) {
        return new Boundaries(
                root,
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages(root));
    }

    /**
     * What it may use of the other Maven modules.
     *
     * @param internals packages that are exported to it, beside those of wagi-core that are exported to all
     */
    public void checkUses(String... internals) {
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe("are not exported to this module", type -> {
                    String name = type.getPackageName();
                    return name.startsWith("dev.wagi.")
                            && !name.equals(root)
                            && !name.startsWith(root + ".")
                            && !EXPORTED.contains(name)
                            && !List.of(internals).contains(name);
                }))
                .check(main);
    }

    /** Growth of the public API is a decision: change the list when you mean it. */
    public void checkExports(Class<?>... types) {
        List<JavaClass> exported = main.stream()
                .filter(type -> type.getPackageName().equals(root))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .toList();
        assertThat(exported.stream().map(JavaClass::getName))
                .containsExactlyInAnyOrder(
                        List.of(types).stream().map(Class::getName).toArray(String[]::new));
        assertThat(exported).allMatch(type -> type.getModifiers().contains(JavaModifier.FINAL));
        exported.stream()
                .flatMap(type -> type.getMembers().stream())
                .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(member -> member.getAllInvolvedRawTypes().stream())
                .map(type -> type.getBaseComponentType().getPackageName())
                .forEach(name -> assertThat(name)
                        .as("a package in a public signature of %s", root)
                        .matches(used -> used.isEmpty()
                                || used.startsWith("java.")
                                || used.equals(root)
                                || EXPORTED.contains(used)));
    }

    /** Each package says what it is for. */
    public void checkPackages() throws ClassNotFoundException {
        for (String name :
                main.stream().map(JavaClass::getPackageName).distinct().toList()) {
            assertThat(Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class))
                    .as(name)
                    .isTrue();
        }
    }
}
