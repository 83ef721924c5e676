// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.sandbox.ModuleLabels;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a module says about itself. Nothing here is validated before, as custom sections never are. */
class LabelReaderTest {

    private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};

    /** The bytes of numbers, texts with their length before them, and other bytes. */
    private static byte[] bytes(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof Integer number) {
                int rest = number;
                while (rest >>> 7 != 0) {
                    out.write(rest & 0x7f | 0x80);
                    rest >>>= 7;
                }
                out.write(rest);
            } else {
                byte[] bytes = part instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) part;
                if (part instanceof String) {
                    out.writeBytes(bytes(bytes.length));
                }
                out.writeBytes(bytes);
            }
        }
        return out.toByteArray();
    }

    private static byte[] section(int id, Object... parts) {
        byte[] content = bytes(parts);
        return bytes(id, content.length, content);
    }

    private static ModuleLabels labels(byte[]... sections) {
        return LabelReader.read(bytes((Object) HEADER, bytes((Object[]) sections)));
    }

    @Test
    void producers_areListed_languagesFirst() {
        ModuleLabels labels = labels(section(
                0,
                "producers",
                2,
                "processed-by",
                2,
                "rustc",
                "1.85.0",
                "wasm-bindgen",
                "",
                "language",
                1,
                "Rust",
                ""));

        assertThat(labels.toolchain()).containsExactly("Rust", "rustc 1.85.0", "wasm-bindgen");
    }

    @Test
    void imports_areListedOnce_whateverTheirKind() {
        ModuleLabels labels = labels(section(
                2, 6, "w", "f", 0, 0, "w", "t", 1, 0x70, 1, 0, 9, "w", "m", 2, 0, 1, "w", "g", 3, 0x7f, 0, "w", "e", 4,
                0, 0, "w", "f", 0, 7));

        assertThat(labels.imports()).containsExactly("w.f", "w.t", "w.m", "w.g", "w.e");
        assertThat(labels.toolchain()).isEmpty();
    }

    @Test
    void hostileTexts_areBoundedAndEscaped() {
        Object[] tools = new Object[3000];
        for (int i = 0; i < tools.length; i += 2) {
            tools[i] = i + "\n\u001b[31m\u202e" + "x".repeat(10_000);
            tools[i + 1] = "y".repeat(10_000);
        }
        ModuleLabels labels = labels(
                section(0, "producers", 1, "language", tools.length / 2, bytes(tools)),
                section(0, "producers", 1, "sdk", 1, "late", ""));

        assertThat(labels.toolchain())
                .hasSizeLessThanOrEqualTo(8)
                .allSatisfy(text -> assertThat(text)
                        .hasSizeLessThan(200)
                        .startsWith(text.replaceAll("\\D.*", "") + "\\n\\x1b[31m\\u202ex"));
    }

    @Test
    void manyImports_areBounded() {
        Object[] all = new Object[4 * 5000];
        for (int i = 0; i < all.length; i += 4) {
            all[i] = "w";
            all[i + 1] = "f" + i;
            all[i + 2] = 0;
            all[i + 3] = 0;
        }

        assertThat(labels(section(2, 5000, bytes(all))).imports()).hasSize(256).startsWith("w.f0");
    }

    /** Each beginning of a section, and lengths that lead outside it or are negative as an int. */
    @Test
    void malformedSections_areReadAsFarAsPossible() {
        byte[] whole = bytes("producers", 1, "language", 2, "Rust", "1", "C", "");
        for (int length = 0; length < whole.length; length++) {
            ModuleLabels labels =
                    labels(section(0, (Object) Arrays.copyOf(whole, length)), section(2, 1, "w", "f", 0, 0));
            assertThat(labels.imports()).containsExactly("w.f");
        }
        assertThat(labels(section(0, "producers", 1, "language", -1, "Rust", "1"))
                        .toolchain())
                .isEmpty();
        assertThat(labels(section(0, "producers", 0x7fffffff, "language", 1, "Rust", "1"), section(2, -1))
                        .toolchain())
                .containsExactly("Rust 1");
        assertThat(labels(new byte[] {0, -1, -1, -1, -1, 7, 1}).toolchain()).isEmpty();
        assertThat(LabelReader.read(new byte[0]).imports()).isEmpty();
    }
}
