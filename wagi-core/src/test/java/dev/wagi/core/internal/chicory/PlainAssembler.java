// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wabt.Wat2WasmModule;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.spi.TextAssembler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * For the tests of this Maven module, which come before {@code wagi-wat}: mistakes in text are reported as wabt does.
 */
public final class PlainAssembler implements TextAssembler {

    private static final PrecompiledProgram WAT2WASM =
            new PrecompiledProgram("wat2wasm", Wat2WasmModule::load, Wat2WasmModule::create);

    /** What was assembled in this JVM: many tests load the same text. */
    private static final Map<String, byte[]> ASSEMBLED = new ConcurrentHashMap<>();

    @Override
    public byte[] assemble(String name, byte[] text) {
        return ASSEMBLED
                .computeIfAbsent(new String(text, StandardCharsets.ISO_8859_1), same -> assembled(name, text))
                .clone();
    }

    private static byte[] assembled(String name, byte[] text) {
        try {
            PrecompiledProgram.Outcome outcome = WAT2WASM.run(List.of("-", "--output=-"), text);
            if (outcome.code() != 0) {
                throw new ModuleLoadException(name + " cannot be assembled: " + outcome);
            }
            return outcome.output();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
