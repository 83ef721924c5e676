// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.wat;

import com.dylibso.chicory.wabt.Wat2WasmModule;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.chicory.PrecompiledProgram;
import java.io.IOException;
import java.util.List;

/**
 * Assembles WebAssembly text with wabt's {@code wat2wasm}, which is a WASI program itself and runs as a guest: the text is its
 * standard input, the module its standard output.
 *
 * <p>A host calls it for a {@code .wat} that it loads, without a call of the application's. This class is for what takes the
 * binary form only, such as a registry. Thread-safe.
 */
public final class Wat {

    private Wat() {}

    /**
     * Assembles a module.
     *
     * @param name what to call it in messages
     * @param text the text, in UTF-8
     * @return the binary form
     * @throws ModuleLoadException if it cannot be assembled; the message names line and column
     */
    public static byte[] assemble(String name, byte[] text) {
        PrecompiledProgram.Outcome outcome;
        try {
            outcome = new PrecompiledProgram("wat2wasm", Wat2WasmModule.load(), Wat2WasmModule::create)
                    .run(List.of("-", "--output=-"), text);
        } catch (IOException e) {
            throw new ModuleLoadException(name + " cannot be assembled: " + e.getMessage(), e);
        }
        if (outcome.trap() != null) {
            throw new ModuleLoadException(name + " cannot be assembled: the assembler fails (" + outcome.trap()
                    + "), as it does with deeply nested text; assemble it to .wasm with another one");
        }
        if (outcome.code() != 0) {
            // "-:3:14: error: unexpected token", then the line and a marker below it.
            String reason = outcome.complaint().replaceFirst("^-:(\\d+):(\\d+): error: ", "line $1, column $2: ");
            throw new ModuleLoadException(
                    name + " cannot be assembled: " + (reason.isEmpty() ? "wat2wasm gave no reason" : reason));
        }
        return outcome.output();
    }
}
