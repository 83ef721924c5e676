// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.wat;

import com.dylibso.chicory.wabt.Wat2WasmModule;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.chicory.PrecompiledProgram;
import java.io.IOException;
import java.util.List;

/**
 * Assembles WebAssembly text with wabt's {@code wat2wasm}. This assembler is itself a WASI program and runs as a guest:
 * it reads the text from standard input and writes the module to standard output.
 *
 * <p>A host assembles the {@code .wat} files that it loads automatically. Use this class if something else, such as a
 * registry, needs the binary form. Thread-safe.
 */
public final class Wat {

    private static final PrecompiledProgram WAT2WASM =
            new PrecompiledProgram("wat2wasm", Wat2WasmModule::load, Wat2WasmModule::create);

    private Wat() {}

    /**
     * Assembles a module.
     *
     * @param name the name of the module in messages
     * @param text the text, in UTF-8
     * @return the binary form
     * @throws ModuleLoadException if the text cannot be assembled; the message names line and column
     */
    public static byte[] assemble(String name, byte[] text) {
        PrecompiledProgram.Outcome outcome;
        try {
            outcome = WAT2WASM.run(List.of("-", "--output=-"), text);
        } catch (IOException e) {
            throw new ModuleLoadException(name + " cannot be assembled: " + e.getMessage(), e);
        }
        if (outcome.trap() != null) {
            throw new ModuleLoadException(name + " cannot be assembled: the assembler failed (" + outcome.trap()
                    + "), as it does for deeply nested text; use another assembler to create a .wasm file");
        }
        if (outcome.code() != 0) {
            // The output is "-:3:14: error: unexpected token", followed by the line and a marker below it.
            String reason = outcome.complaint().replaceFirst("^-:(\\d+):(\\d+): error: ", "line $1, column $2: ");
            throw new ModuleLoadException(
                    name + " cannot be assembled: " + (reason.isEmpty() ? "wat2wasm gave no reason" : reason));
        }
        return outcome.output();
    }
}
