// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The functions that one import module offers to guests, by name. Immutable. */
final class HostFunctions {

    /** What a host function does. */
    @FunctionalInterface
    interface Body {
        /**
         * Executes the function.
         *
         * @param memory the guest's memory 0
         * @param args the arguments, i32 in the low half
         * @return the result, ignored if the function has none
         * @throws IOException from a stream of the guest; it is stopped
         */
        int call(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException;
    }

    /**
     * Defines a host function.
     *
     * @param noMemory what it returns if the module has no memory
     * @param fault what it returns if a range is not inside the memory
     */
    record Definition(FunctionType type, Body body, int noMemory, int fault) {}

    /** Knows the functions. */
    @FunctionalInterface
    interface Table {
        /**
         * Finds a function.
         *
         * @param functions makes its definition
         * @return null if there is none of that name
         */
        @Nullable
        Definition find(HostFunctions functions, String name);
    }

    private final String module;
    private final int noMemory;
    private final int fault;
    private final Table table;

    /**
     * Creates a set.
     *
     * @param noMemory see {@link Definition}
     * @param fault see {@link Definition}
     * @param table is asked for the functions that modules import, and for no others: each lambda expression takes time
     *     when it is first evaluated
     */
    HostFunctions(String module, int noMemory, int fault, Table table) {
        this.module = module;
        this.noMemory = noMemory;
        this.fault = fault;
        this.table = table;
    }

    /**
     * Defines a function that returns an i32.
     *
     * @param parameters {@code i} for i32, {@code I} for i64, one letter each
     */
    Definition define(String parameters, Body body) {
        return new Definition(FunctionType.of(types(parameters), List.of(ValType.I32)), body, noMemory, fault);
    }

    /** Defines a function without result. */
    Definition defineVoid(String parameters, Body body) {
        return new Definition(FunctionType.of(types(parameters), List.of()), body, noMemory, fault);
    }

    /** The name of the import module. */
    String module() {
        return module;
    }

    /** The function of that name; null if there is none. */
    @Nullable
    Definition find(String name) {
        return table.find(this, name);
    }

    private static List<ValType> types(String letters) {
        List<ValType> types = new ArrayList<>(letters.length());
        for (int i = 0; i < letters.length(); i++) {
            types.add(letters.charAt(i) == 'I' ? ValType.I64 : ValType.I32);
        }
        return types;
    }
}
