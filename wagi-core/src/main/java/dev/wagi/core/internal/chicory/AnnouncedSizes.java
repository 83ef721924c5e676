// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;

/**
 * Checks that the lists of a module are not announced longer than the bytes that follow. The parser makes room for as many
 * entries as it is told before it reads the first one, so that a module of a few bytes could fill the heap.
 *
 * <pre>
 * 60 ff ff ff ff 07 ...      a function type, said to have 2147483647 parameters
 * </pre>
 *
 * <p>Looks at those sections only whose lists the parser makes room for: types, elements and data. Everything else about a
 * module is the parser's and the validator's to judge.
 *
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html">WebAssembly, binary format, modules</a>
 */
final class AnnouncedSizes {

    private static final int HEADER = 8;
    private static final int TYPES = 1;
    private static final int ELEMENTS = 9;
    private static final int DATA = 11;

    private final byte[] module;
    private int at;
    private int end;

    private AnnouncedSizes(byte[] module, int at, int end) {
        this.module = module;
        this.at = at;
        this.end = end;
    }

    /**
     * Checks a module.
     *
     * @param module begins with the header of a core module
     * @throws MalformedException if a list is longer than its section, or something in those sections is not known
     */
    static void check(byte[] module) {
        new AnnouncedSizes(module, HEADER, module.length).sections();
    }

    private void sections() {
        while (at < module.length) {
            int id = octet();
            int size = count();
            int next = at + size;
            end = next;
            for (int entries = id == TYPES || id == ELEMENTS || id == DATA ? count() : 0; entries > 0; entries--) {
                switch (id) {
                    case TYPES -> type();
                    case ELEMENTS -> element();
                    default -> data();
                }
            }
            at = next;
            end = module.length;
        }
    }

    /** A recursive type: a list of them, or one alone. */
    private void type() {
        long form = number();
        if (form != 0x4e) {
            subtype(form);
            return;
        }
        for (int types = count(); types > 0; types--) {
            subtype(number());
        }
    }

    private void subtype(long form) {
        long kind = form;
        if (form == 0x4f || form == 0x50) {
            for (int parents = count(); parents > 0; parents--) {
                number();
            }
            kind = number();
        }
        if (kind == 0x60) {
            for (int parameters = count(); parameters > 0; parameters--) {
                valueType();
            }
            for (int results = count(); results > 0; results--) {
                valueType();
            }
        } else if (kind == 0x5f) {
            for (int fields = count(); fields > 0; fields--) {
                valueType();
                octet(); // whether it can be changed
            }
        } else if (kind == 0x5e) {
            valueType();
            octet();
        } else {
            throw new MalformedException("unknown form of type " + kind);
        }
    }

    private void valueType() {
        int type = octet();
        if (type == 0x63 || type == 0x64) {
            number();
        }
    }

    private void element() {
        long flags = number();
        if (flags > 7) {
            throw new MalformedException("unknown kind of element segment " + flags);
        }
        boolean active = (flags & 1) == 0;
        boolean expressions = (flags & 4) != 0;
        if (active && (flags & 2) != 0) {
            number();
        }
        if (active) {
            expression();
        }
        if ((flags & 3) != 0) {
            if (expressions) {
                valueType();
            } else {
                octet();
            }
        }
        for (int entries = count(); entries > 0; entries--) {
            if (expressions) {
                expression();
            } else {
                number();
            }
        }
    }

    private void data() {
        long flags = number();
        if (flags > 2) {
            throw new MalformedException("unknown kind of data segment " + flags);
        }
        if (flags == 2) {
            number();
        }
        if (flags != 1) {
            expression();
        }
        skip(count());
    }

    /** A constant expression up to its end. */
    private void expression() {
        while (true) {
            int instruction = octet();
            switch (instruction) {
                case 0x0b -> {
                    return;
                }
                case 0x41, 0x42, 0x23, 0xd0, 0xd2 -> number();
                case 0x43 -> skip(4);
                case 0x44 -> skip(8);
                case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e -> {
                    // extended constants: no operands
                }
                case 0xfd -> vector();
                case 0xfb -> reference();
                default -> throw new MalformedException("instruction " + instruction + " in a constant expression");
            }
        }
    }

    private void vector() {
        long instruction = number();
        if (instruction != 12) {
            throw new MalformedException("vector instruction " + instruction + " in a constant expression");
        }
        skip(16);
    }

    /** Instructions of garbage-collected types. */
    private void reference() {
        long instruction = number();
        if (instruction <= 1 || instruction == 6 || instruction == 7) {
            number();
        } else if (instruction == 8) {
            number();
            number();
        } else if (instruction < 0x1a || instruction > 0x1c) {
            throw new MalformedException("reference instruction " + instruction + " in a constant expression");
        }
    }

    /** How many entries, or bytes, follow: each takes a byte at least. */
    private int count() {
        long count = number();
        if (count < 0 || count > end - at) {
            throw new MalformedException("length out of bounds: at byte " + at + " it announces more than the "
                    + (end - at) + " bytes left");
        }
        return (int) count;
    }

    private void skip(int octets) {
        if (octets > end - at) {
            throw new MalformedException("unexpected end at byte " + end);
        }
        at += octets;
    }

    private int octet() {
        if (at >= end) {
            throw new MalformedException("unexpected end at byte " + end);
        }
        return module[at++] & 0xff;
    }

    /** A number of any length, without sign; what does not fit is cut off, as it is refused later or was only skipped. */
    private long number() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            int octet = octet();
            if (shift < 63) {
                value |= (long) (octet & 0x7f) << shift;
            }
            if ((octet & 0x80) == 0) {
                return value;
            }
        }
    }
}
