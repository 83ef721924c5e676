// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.wasm.Parser;
import dev.wagi.core.internal.bytecode.Emission;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.tree.MethodNode;

class CompilerDirectivesTest {

    /** This JVM has other work; HotSpot has taken the directives if it lists them. */
    @Test
    void add_anyJvm_isListedByHotSpot() throws Exception {
        assertThat(CompilerDirectives.ensure()).as("not asked for").isFalse();
        assertThat(directives()).doesNotContain(Emission.class.getPackageName().replace('.', '/'));

        assertThat(CompilerDirectives.add()).isTrue();
        try {
            List<String> patterns = Stream.of(Compiler.class, Emission.class, MethodNode.class, Parser.class)
                    .map(type -> type.getPackageName().replace('.', '/'))
                    .toList();
            assertThat(directives()).contains(patterns.get(0), patterns.get(1), "org/objectweb/asm/*", patterns.get(3));
        } finally {
            CompilerDirectives.diagnose("compilerDirectivesRemove");
        }
        assertThat(directives()).doesNotContain(Emission.class.getPackageName().replace('.', '/'));
    }

    private static String directives() throws Exception {
        return String.valueOf(CompilerDirectives.diagnose("compilerDirectivesPrint"));
    }
}
