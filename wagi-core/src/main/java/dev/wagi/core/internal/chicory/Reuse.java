// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.Instruction;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.ValType;

/** When an instance of a module may be used for another request. */
enum Reuse {
    /** After every run that ended by itself. */
    ALWAYS,
    /** Only after runs that returned: the interpreter keeps the frames of a guest that exits. */
    AFTER_RETURN,
    /** It uses what {@link Snapshot} does not know: the engine keeps exceptions and references outside the guest. */
    NEVER;

    /** The prefix byte of the instructions of garbage collection, above which the instruction's own byte is added. */
    private static final int GC_PREFIX = 0xfb;

    /**
     * Returns the rule for a module.
     *
     * @param interpreted whether any of its functions is interpreted
     */
    static Reuse of(WasmModule module, boolean interpreted) {
        return !isKnown(module) ? NEVER : interpreted ? AFTER_RETURN : ALWAYS;
    }

    private static boolean isKnown(WasmModule module) {
        if (module.tagSection().isPresent()) {
            return false;
        }
        for (int i = 0; i < module.globalSection().globalCount(); i++) {
            if (!isKnown(module.globalSection().getGlobal(i).valueType())) {
                return false;
            }
        }
        for (int i = 0; i < module.tableSection().tableCount(); i++) {
            if (!isKnown(module.tableSection().getTable(i).elementType())) {
                return false;
            }
        }
        for (FunctionBody body : module.codeSection().functionBodies()) {
            for (Instruction instruction : body.instructions()) {
                OpCode code = instruction.opcode();
                if (code.opcode() >> 8 == GC_PREFIX || code == OpCode.TRY_TABLE || code == OpCode.THROW_REF) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isKnown(ValType type) {
        return !type.isReference() || type.equals(ValType.FuncRef) || type.equals(ValType.ExternRef);
    }
}
