// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that one import module offers to guests, by name. Immutable once built. */
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

    private final String module;
    private final int noMemory;
    private final int fault;
    private final Map<String, Definition> definitions = new LinkedHashMap<>();

    /**
     * Creates a set without functions.
     *
     * @param noMemory see {@link Definition}
     * @param fault see {@link Definition}
     */
    HostFunctions(String module, int noMemory, int fault) {
        this.module = module;
        this.noMemory = noMemory;
        this.fault = fault;
    }

    /**
     * Adds a function that returns an i32.
     *
     * @param parameters {@code i} for i32, {@code I} for i64, one letter each
     */
    HostFunctions add(String name, String parameters, Body body) {
        return put(name, FunctionType.of(types(parameters), List.of(ValType.I32)), body);
    }

    /** Adds a function without result. */
    HostFunctions addVoid(String name, String parameters, Body body) {
        return put(name, FunctionType.of(types(parameters), List.of()), body);
    }

    private HostFunctions put(String name, FunctionType type, Body body) {
        definitions.put(name, new Definition(type, body, noMemory, fault));
        return this;
    }

    /** The name of the import module. */
    String module() {
        return module;
    }

    Map<String, Definition> definitions() {
        return definitions;
    }

    private static List<ValType> types(String letters) {
        return letters.chars()
                .mapToObj(letter -> letter == 'I' ? ValType.I64 : ValType.I32)
                .toList();
    }
}
