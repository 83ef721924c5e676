// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.OpcodeImpl;
import com.dylibso.chicory.runtime.TrapException;
import com.dylibso.chicory.wasm.types.Element;
import com.dylibso.chicory.wasm.types.PassiveElement;

/**
 * Instructions on ranges of tables. The engine adds offset and length as signed numbers, so that some that lie outside
 * are taken for empty or valid ones. Compiled code calls these instead of the engine's; same names, same arguments.
 *
 * @see <a href="https://webassembly.github.io/spec/core/exec/instructions.html#table-instructions">Table
 *     instructions</a>
 */
public final class TableOperators {

    private static final long UNSIGNED = 0xffffffffL;

    private TableOperators() {}

    /** {@code table.fill}. */
    public static void TABLE_FILL(Instance instance, int table, int size, int value, int offset) {
        checkFill(instance, table, size, offset);
        OpcodeImpl.TABLE_FILL(instance, table, size, value, offset);
    }

    /** {@code table.copy}. */
    public static void TABLE_COPY(Instance instance, int from, int to, int size, int source, int target) {
        checkCopy(instance, from, to, size, source, target);
        OpcodeImpl.TABLE_COPY(instance, from, to, size, source, target);
    }

    /** {@code table.init}. */
    public static void TABLE_INIT(Instance instance, int table, int segment, int size, int source, int target) {
        checkInit(instance, table, segment, size, source, target);
        OpcodeImpl.TABLE_INIT(instance, table, segment, size, source, target);
    }

    static void checkFill(Instance instance, int table, int size, int offset) {
        check(offset, size, instance.table(table).size());
    }

    static void checkCopy(Instance instance, int from, int to, int size, int source, int target) {
        check(source, size, instance.table(from).size());
        check(target, size, instance.table(to).size());
    }

    static void checkInit(Instance instance, int table, int segment, int size, int source, int target) {
        Element element = instance.element(segment);
        // Those that are not passive were spent when the instance was made.
        check(source, size, element instanceof PassiveElement ? element.elementCount() : 0);
        check(target, size, instance.table(table).size());
    }

    static void check(int offset, int size, int limit) {
        if ((offset & UNSIGNED) + (size & UNSIGNED) > limit) {
            throw new TrapException("out of bounds table access");
        }
    }
}
