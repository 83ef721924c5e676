// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import dev.wagi.core.internal.chicory.EmittedClasses;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * That loops with a counter can be stopped is in {@code StoppingTest}, what they compute in the tests of random
 * programs.
 */
class CountdownTest {

    private static final Bytes NOTHING = new Bytes();

    @Test
    void aShortLoopWithoutCallsLooksOnceInSomeRounds() {
        assertThat(counts(loop(NOTHING))).isOne();
    }

    @Test
    void eachOfNestedLoopsCounts() {
        assertThat(counts(loop(loop(NOTHING)))).isEqualTo(2);
    }

    @Test
    void aLoopThatCallsLooksInEachRound() {
        assertThat(counts(loop(new Bytes().put(0x10, 1)))).isZero();
    }

    @Test
    void onlyTheOuterLoopOfOneThatCallsLooksInEachRound() {
        assertThat(counts(loop(new Bytes().put(0x10, 1).put(loop(NOTHING))))).isOne();
    }

    /** {@code memory.fill} takes as long as the guest likes. */
    @Test
    void aLoopThatFillsMemoryLooksInEachRound() {
        Bytes fill = new Bytes().get(0).get(0).get(0).put(0xfc, 0x0b, 0);
        assertThat(counts(loop(fill))).isZero();
    }

    /** Its caller may call it ten thousand times without a look of its own. */
    @Test
    void aFunctionThatCountsLooksWhenItStarts() {
        List<AbstractInsnNode> code = function(loop(NOTHING)).stream()
                .filter(instruction -> instruction.getOpcode() >= 0)
                .toList();

        assertThat(code.get(0))
                .isInstanceOfSatisfying(
                        MethodInsnNode.class, look -> assertThat(look.name).isEqualTo(Names.CHECK));
        assertThat(looks(function(loop(new Bytes().put(0x10, 1)))))
                .as("one at the start, one in the loop")
                .isEqualTo(2);
    }

    /** A thousand of its rounds are too much. */
    @Test
    void aLongLoopLooksInEachRound() {
        Bytes additions = new Bytes();
        for (int i = 0; i < 300; i++) {
            additions.get(0).constant(I32, i * 1001).put(0x73, 0x1a);
        }
        assertThat(counts(loop(additions))).isZero();
    }

    /** do { body } while ((local0 >>>= 1) != 0) */
    private static Bytes loop(Bytes body) {
        return new Bytes()
                .put(0x03, 0x40)
                .put(body)
                .get(0)
                .constant(I32, 1)
                .put(0x76, 0x22, 0)
                .put(0x0d, 0, 0x0b);
    }

    /** The jumps in the first function of a module that count rounds. */
    private static long counts(Bytes body) {
        return function(body).stream().filter(CountdownTest::isCount).count();
    }

    private static long looks(List<AbstractInsnNode> code) {
        return code.stream()
                .filter(instruction -> instruction instanceof MethodInsnNode call && call.name.equals(Names.CHECK))
                .count();
    }

    /** The code of the first function of a module. */
    private static List<AbstractInsnNode> function(Bytes body) {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        int type = module.type(new int[] {I32}, I32);
        module.exported("f", type, new int[0], new Bytes().put(body).get(0));
        module.exported("g", module.type(new int[0]), new int[0], NOTHING);
        Guests guests = new Guests(module.toByteArray());
        assertThat(Guests.call(guests.passed(), "f", 3000)).isEqualTo(Guests.call(guests.interpreted(), "f", 3000));
        Map<String, byte[]> classes = EmittedClasses.of(guests.module(), CodePass.COMPILED);
        return classes.values().stream()
                .flatMap(bytes -> methods(bytes).stream())
                .filter(method -> method.name.equals("func_0"))
                .flatMap(method -> Arrays.stream(method.instructions.toArray()))
                .toList();
    }

    private static List<MethodNode> methods(byte[] bytes) {
        ClassNode node = new ClassNode();
        new ClassReader(bytes).accept(node, ClassReader.SKIP_FRAMES | ClassReader.SKIP_DEBUG);
        return node.methods;
    }

    private static boolean isCount(AbstractInsnNode instruction) {
        return instruction.getOpcode() == Opcodes.IFGT
                && instruction.getPrevious().getOpcode() == Opcodes.ISTORE
                && instruction.getPrevious().getPrevious().getOpcode() == Opcodes.DUP;
    }
}
