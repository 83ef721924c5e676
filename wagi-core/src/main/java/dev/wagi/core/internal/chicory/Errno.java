// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.volume.VolumeException;

/** The error numbers of WASI preview 1 that the host returns. */
final class Errno {

    static final int SUCCESS = 0;
    static final int ACCES = 2;
    static final int AGAIN = 6;
    static final int BADF = 8;
    static final int BUSY = 10;
    static final int DQUOT = 19;
    static final int EXIST = 20;
    static final int FAULT = 21;
    static final int FBIG = 22;
    static final int ILSEQ = 25;
    static final int INVAL = 28;
    static final int IO = 29;
    static final int ISDIR = 31;
    static final int LOOP = 32;
    static final int MFILE = 33;
    static final int NAMETOOLONG = 37;
    static final int NFILE = 41;
    static final int NOENT = 44;
    static final int NOSPC = 51;
    static final int NOTDIR = 54;
    static final int NOTEMPTY = 55;
    static final int NOTSOCK = 57;
    static final int NOTSUP = 58;
    static final int NXIO = 60;
    static final int PERM = 63;
    static final int ROFS = 69;
    static final int SPIPE = 70;
    static final int XDEV = 75;

    /** Only for rights that a guest would give itself; none is ever asked for. */
    static final int NOTCAPABLE = 76;

    private Errno() {}

    /** The error that a guest gets when an operation on a volume fails. An interrupt is not one of them. */
    static int of(VolumeException.Reason reason) {
        return switch (reason) {
            case ACCESS -> ACCES;
            case BAD_DESCRIPTOR -> BADF;
            case BUSY -> BUSY;
            case CROSS_DEVICE -> XDEV;
            case EXISTS -> EXIST;
            case FILE_TOO_LARGE -> FBIG;
            case INVALID -> INVAL;
            case INTERRUPTED, IO -> IO;
            case IS_DIRECTORY -> ISDIR;
            case LOOP -> LOOP;
            case MALFORMED -> ILSEQ;
            case NAME_TOO_LONG -> NAMETOOLONG;
            case NO_SPACE -> NOSPC;
            case NO_DESCRIPTORS -> NFILE;
            case NOT_DIRECTORY -> NOTDIR;
            case NOT_EMPTY -> NOTEMPTY;
            case NOT_FOUND -> NOENT;
            case NOT_PERMITTED -> PERM;
            case QUOTA -> DQUOT;
            case READ_ONLY -> ROFS;
            case SPECIAL -> NXIO;
        };
    }
}
