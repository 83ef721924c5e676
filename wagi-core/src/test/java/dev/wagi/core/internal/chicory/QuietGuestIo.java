// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;

/** A guest that is told nothing, and that nobody listens to. */
class QuietGuestIo implements GuestIo {

    private enum Output implements GuestOutput {
        NONE;

        @Override
        public void write(byte[] bytes, int offset, int length) {
            // Nobody reads it.
        }

        @Override
        public void flush() {
            // There is nothing.
        }
    }

    @Override
    public GuestStrings arguments() {
        return GuestStrings.none();
    }

    @Override
    public GuestStrings environment() {
        return GuestStrings.none();
    }

    @Override
    public GuestInput stdin() {
        return (buffer, offset, length) -> -1;
    }

    @Override
    public GuestOutput stdout() {
        return Output.NONE;
    }

    @Override
    public GuestOutput stderr() {
        return Output.NONE;
    }
}
