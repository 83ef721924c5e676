// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.F64;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.Instance;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** Calls by the table in modules with many functions of one type. */
class DispatchTest {

    /** What HotSpot compiles. */
    private static final int LIMIT = 8000;

    /** Functions of two types in turn, all in the table: (x, i) -> i + its number, and nothing -> nothing. */
    private static byte[] module(int functions, int parameter) {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        int number = module.type(new int[] {parameter, I32}, I32);
        int nothing = module.type(new int[0]);
        int caller = module.type(new int[] {I32, parameter, I32}, I32);
        for (int i = 0; i < functions; i++) {
            int function = i % 3 == 2
                    ? module.function(nothing, new int[0], new Bytes())
                    : module.function(
                            number,
                            new int[0],
                            new Bytes().get(1).constant(I32, i).put(0x6a));
            module.inTable(function);
        }
        module.exported(
                "call",
                caller,
                new int[0],
                new Bytes().get(1).get(2).get(0).put(0x11).unsigned(number).put(0));
        return module.toByteArray();
    }

    /** With 1024 functions of a type or fewer the engine has one switch, with more a class for each 4096 functions. */
    @ParameterizedTest
    @CsvSource({
        "  10, I64, 8000",
        "1000, I64, 8000",
        "1500, F64, 8000",
        "4000, I32, 8000",
        "5000, I64, 8000",
        "1700, F64, 8000",
        "1000, I64,  300",
        "1500, F64,  150",
        "  10, I32,  100"
    })
    void callIndirect_manyFunctions_callsTheSame(int functions, String parameter, int limit) {
        int type = switch (parameter) {
            case "I64" -> I64;
            case "F64" -> F64;
            default -> I32;
        };
        Guests guests = new Guests(module(functions, type));
        Instance interpreted = guests.interpreted();
        Instance split = guests.split(limit);

        for (int i = -2; i < functions + 3; i++) {
            assertThat(call(split, i)).as("element %d", i).isEqualTo(call(interpreted, i));
        }
        dispatchSizes(CodePass.apply(guests.classes(), LIMIT).classes())
                .forEach((method, size) -> assertThat(size).as(method).isLessThanOrEqualTo(LIMIT));
        assertThat(dispatchSizes(guests.classes()).values().stream().anyMatch(size -> size > LIMIT))
                .as("a method that is too large without the pass")
                .isEqualTo(functions >= 1000);
    }

    @Test
    void apply_dispatchThatCannotBeSplit_isReportedAsLarge() {
        Map<String, byte[]> classes = new Guests(module(1000, I32)).classes();

        assertThat(CodePass.apply(classes).tooLarge()).isEmpty();
        // Not one case fits into a method of that size.
        assertThat(CodePass.apply(classes, 40).tooLarge())
                .filteredOn(large -> large.function() == CodePass.LargeMethod.DISPATCH)
                .isNotEmpty()
                .allMatch(large -> large.size() > 40)
                .anyMatch(large -> large.size() > LIMIT);
    }

    /** The engine's classes for many functions have a message of their own for functions of another type. */
    private static String call(Instance instance, int element) {
        return Guests.call(instance, "call", element, 1, 70000)
                .replaceFirst("^trap: unknown function \\d+$", "trap: indirect call type mismatch");
    }

    private static Map<String, Integer> dispatchSizes(Map<String, byte[]> classes) {
        Map<String, Integer> sizes = new TreeMap<>();
        classes.forEach((name, bytes) -> {
            ClassNode node = new ClassNode();
            new ClassReader(bytes).accept(node, ClassReader.SKIP_FRAMES);
            for (MethodNode method : node.methods) {
                if (method.name.startsWith("call_indirect") || method.name.startsWith("apply")) {
                    sizes.put(name + "." + method.name, Code.size(method));
                }
            }
        });
        return sizes;
    }
}
