// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Reads the values of WebAssembly's binary format, up to an end that moves with the section. For one thread. */
final class ModuleReader {

    private final byte[] module;
    private int at;
    private int end;

    ModuleReader(byte[] module, int at) {
        this.module = module;
        this.at = at;
        this.end = module.length;
    }

    int at() {
        return at;
    }

    boolean hasMore() {
        return at < end;
    }

    /** Confines what is read to the next bytes, or to all of the module again. */
    void confine(int newEnd) {
        end = newEnd;
    }

    int end() {
        return end;
    }

    void moveTo(int position) {
        at = position;
    }

    /** The next byte, which stays the next one. */
    int peek() {
        if (at >= end) {
            throw new MalformedException("unexpected end at byte " + end);
        }
        return module[at] & 0xff;
    }

    /** Whether the name that follows, however its length is written, is this one; it is read. */
    boolean isName(byte[] bytes) {
        int length = count();
        skip(length);
        return Arrays.equals(module, at - length, at, bytes, 0, bytes.length);
    }

    int octet() {
        int octet = peek();
        at++;
        return octet;
    }

    /**
     * A number of any length, without sign; what does not fit is cut off, as it is refused later or was only skipped.
     */
    long number() {
        int first = octet();
        if (first < 0x80) {
            return first;
        }
        long value = first & 0x7f;
        for (int shift = 7; ; shift += 7) {
            int octet = octet();
            if (shift < 63) {
                value |= (long) (octet & 0x7f) << shift;
            }
            if ((octet & 0x80) == 0) {
                return value;
            }
        }
    }

    /** How many entries, or bytes, follow: each takes a byte at least. */
    int count() {
        long count = number();
        if (count < 0 || count > end - at) {
            throw new MalformedException("length out of bounds: at byte " + at + " it announces more than the "
                    + (end - at) + " bytes left");
        }
        return (int) count;
    }

    void skip(int octets) {
        if (octets > end - at) {
            throw new MalformedException("unexpected end at byte " + end);
        }
        at += octets;
    }

    /** A name, which is not looked at. */
    void name() {
        skip(count());
    }

    /** What follows its own size, to be read by itself; this goes on behind it. */
    ModuleReader part() {
        int size = count();
        ModuleReader part = new ModuleReader(module, at);
        part.end = at + size;
        at += size;
        return part;
    }

    /** How many bytes are left. */
    int left() {
        return end - at;
    }

    /** A copy of the next bytes, at most so many; they stay the next ones. */
    byte[] copy(int most) {
        return Arrays.copyOfRange(module, at, at + Math.min(most, left()));
    }

    /** Writes a number as it is read here, LEB128 without sign. */
    static void writeNumber(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >>> 7 != 0) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
