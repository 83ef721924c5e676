// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.sandbox.Escape;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The names that a module gives its functions, in the form of its name section: they are looked up only after a trap. A section
 * that is malformed, or takes more than {@value #MAX_BYTES} bytes, gives no names. Immutable.
 *
 * @see <a href="https://webassembly.github.io/spec/core/appendix/custom.html#name-section">Name section</a>
 */
final class FunctionNames {

    static final FunctionNames NONE = new FunctionNames(new byte[0]);

    /** What the names of one module may take of the heap. */
    private static final int MAX_BYTES = 512 << 10;

    /** The longest part of a name that is shown. */
    private static final int SHOWN = 120;

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int OF_FUNCTIONS = 1;
    private static final byte[] NAME = {4, 'n', 'a', 'm', 'e'};

    private final byte[] map;

    private FunctionNames(byte[] map) {
        this.map = map;
    }

    /**
     * The names in a module.
     *
     * @param binary a valid module; its custom sections may hold anything
     */
    static FunctionNames of(byte[] binary) {
        try {
            Bytes module = new Bytes(binary, HEADER, binary.length);
            while (module.isMore()) {
                int id = module.next();
                Bytes section = module.part();
                if (id == CUSTOM && section.skip(NAME)) {
                    while (section.isMore()) {
                        int kind = section.next();
                        Bytes names = section.part();
                        if (kind == OF_FUNCTIONS && names.size() <= MAX_BYTES) {
                            return new FunctionNames(names.copy());
                        }
                    }
                }
            }
        } catch (IndexOutOfBoundsException e) {
            // The module has no names then.
        }
        return NONE;
    }

    /** {@return the names of those functions that have one, escaped and cut for a log} */
    Map<Integer, String> of(Set<Integer> functions) {
        Map<Integer, String> names = new HashMap<>();
        try {
            Bytes all = new Bytes(map, 0, map.length);
            int left = all.isMore() ? all.number() : 0;
            for (int i = 0; i < left && names.size() < functions.size(); i++) {
                int function = all.number();
                Bytes name = all.part();
                if (functions.contains(function)) {
                    names.put(function, name.text());
                }
            }
        } catch (IndexOutOfBoundsException e) {
            // The others have none.
        }
        return names;
    }

    /** A part of a module, read from its beginning. */
    private static final class Bytes {
        private final byte[] bytes;
        private final int end;
        private int at;

        Bytes(byte[] bytes, int at, int end) {
            this.bytes = bytes;
            this.at = at;
            this.end = end;
        }

        boolean isMore() {
            return at < end;
        }

        int size() {
            return end - at;
        }

        int next() {
            if (at >= end) {
                throw new IndexOutOfBoundsException();
            }
            return bytes[at++] & 0xff;
        }

        /** LEB128 of 32 bits. */
        int number() {
            int value = 0;
            for (int shift = 0; shift < Integer.SIZE; shift += 7) {
                int octet = next();
                value |= (octet & 0x7f) << shift;
                if (octet < 0x80) {
                    return value;
                }
            }
            throw new IndexOutOfBoundsException();
        }

        /** What follows, behind its size. */
        Bytes part() {
            int size = number();
            if (size < 0 || size > size()) {
                throw new IndexOutOfBoundsException();
            }
            at += size;
            return new Bytes(bytes, at - size, at);
        }

        boolean skip(byte[] expected) {
            boolean isThere = size() >= expected.length
                    && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
            at += isThere ? expected.length : 0;
            return isThere;
        }

        byte[] copy() {
            return Arrays.copyOfRange(bytes, at, end);
        }

        String text() {
            String whole = Escape.text(new String(bytes, at, Math.min(size(), SHOWN), StandardCharsets.UTF_8));
            return size() > SHOWN ? whole + "..." : whole;
        }
    }
}
