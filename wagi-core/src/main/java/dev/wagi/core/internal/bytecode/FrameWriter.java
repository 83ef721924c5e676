// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.objectweb.asm.ClassWriter;

/**
 * Computes frames without loading a class: what two types have in common is only ever used as an object. Public because
 * the engine's compiler writes classes with it, see {@link CompilerPatch}.
 */
public final class FrameWriter extends ClassWriter {

    private Runnable last = () -> {};

    /** A writer that computes frames. */
    public FrameWriter() {
        this(COMPUTE_FRAMES);
    }

    /**
     * As the engine calls it.
     *
     * @param flags what to compute
     */
    public FrameWriter(int flags) {
        super(flags);
    }

    /** @param action adds what is missing; runs when the class is to be written, whether its end was visited or not */
    void beforeWriting(Runnable action) {
        last = action;
    }

    @Override
    public byte[] toByteArray() {
        last.run();
        return super.toByteArray();
    }

    @Override
    protected String getCommonSuperClass(String one, String other) {
        return "java/lang/Object";
    }
}
