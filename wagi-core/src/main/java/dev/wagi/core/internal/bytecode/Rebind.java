// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Binds the code of a method to {@code FlatMemory}: its type in descriptors, and its static methods for loads and
 * stores; and to our {@code FloatOperators}.
 */
final class Rebind extends MethodVisitor {

    private static final String LOAD = "(IIL" + Names.FLAT + ";)";
    private static final String END = "IL" + Names.FLAT + ";)V";

    private record Target(String name, String descriptor) {}

    /** The engine's helpers that {@code FlatMemory} implements; same arguments, same order. */
    private static final Map<String, Target> ACCESSES = Map.ofEntries(
            Map.entry("memoryReadByte", new Target("load8s", LOAD + "I")),
            Map.entry("memoryReadShort", new Target("load16s", LOAD + "I")),
            Map.entry("memoryReadInt", new Target("load32", LOAD + "I")),
            Map.entry("memoryReadLong", new Target("load64", LOAD + "J")),
            Map.entry("memoryReadFloat", new Target("loadF32", LOAD + "F")),
            Map.entry("memoryReadDouble", new Target("loadF64", LOAD + "D")),
            Map.entry("memoryWriteByte", new Target("store8", "(II" + END)),
            Map.entry("memoryWriteShort", new Target("store16", "(II" + END)),
            Map.entry("memoryWriteInt", new Target("store32", "(II" + END)),
            Map.entry("memoryWriteLong", new Target("store64", "(IJ" + END)),
            Map.entry("memoryWriteFloat", new Target("storeF32", "(IF" + END)),
            Map.entry("memoryWriteDouble", new Target("storeF64", "(ID" + END)),
            Map.entry("memoryFill", new Target("fill", "(II" + END)));

    private static final String COPY = "memoryCopy";
    private static final String COPY_WITHIN = "(III" + "L" + Names.FLAT + ";)V";

    /** The engine's operators that {@code FloatOperators} corrects. */
    private static final Set<String> FLOAT_OPERATORS = Set.of(
            "F32_ABS",
            "F64_ABS",
            "F32_COPYSIGN",
            "F64_COPYSIGN",
            "F32_MIN",
            "F64_MIN",
            "F32_MAX",
            "F64_MAX",
            "F32_CEIL",
            "F64_CEIL",
            "F32_FLOOR",
            "F64_FLOOR",
            "F32_TRUNC",
            "F64_TRUNC",
            "F32_NEAREST",
            "F64_NEAREST",
            "F32_SQRT",
            "F64_SQRT",
            "F32_CONVERT_I64_U",
            "F64_CONVERT_I64_U");

    private static final Set<String> TABLE_OPERATORS = Set.of("TABLE_FILL", "TABLE_COPY", "TABLE_INIT");

    private final Names names;

    Rebind(Names names, MethodVisitor next) {
        super(Opcodes.ASM9, next);
        this.names = names;
    }

    @Override
    public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean itf) {
        if (owner.equals(Names.OPERATORS) && FLOAT_OPERATORS.contains(name)) {
            super.visitMethodInsn(opcode, Names.FLOATS, name, descriptor, itf);
        } else if (owner.equals(Names.OPERATORS) && TABLE_OPERATORS.contains(name)) {
            super.visitMethodInsn(opcode, Names.TABLES, name, descriptor, itf);
        } else if (owner.equals(Names.MEMORY)) {
            super.visitMethodInsn(Opcodes.INVOKEVIRTUAL, Names.FLAT, name, descriptor, false);
        } else if (owner.equals(Names.INSTANCE) && descriptor.endsWith(")L" + Names.MEMORY + ";")) {
            super.visitMethodInsn(opcode, owner, name, descriptor, itf);
            super.visitTypeInsn(Opcodes.CHECKCAST, Names.FLAT);
        } else if (names.generated(owner)) {
            Target target = owner.equals(names.helpers) ? access(name, names.flat(descriptor)) : null;
            if (target != null) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, Names.FLAT, target.name, target.descriptor, false);
            } else {
                super.visitMethodInsn(opcode, owner, name, names.flat(descriptor), itf);
            }
        } else {
            super.visitMethodInsn(opcode, owner, name, descriptor, itf);
        }
    }

    private static @Nullable Target access(String name, String descriptor) {
        if (name.equals(COPY) && descriptor.equals(COPY_WITHIN)) {
            return new Target("copy", COPY_WITHIN);
        }
        return ACCESSES.get(name);
    }
}
