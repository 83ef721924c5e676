// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.internal.sandbox.GuestCode;
import java.lang.ref.WeakReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The code of a module that is compiled, or read from the cache, when it is needed. All configurations of the same
 * bytes share it. This object does not keep the code: its users do. Thread-safe.
 */
public final class LazyCode {

    private final Supplier<GuestCode> loading;
    private final int bytes;
    private volatile WeakReference<@Nullable GuestCode> code;

    /**
     * Creates code.
     *
     * @param loading loads it; called by one thread at a time
     * @param bytes the size of the module
     * @param now the code, null if it is not loaded
     */
    LazyCode(Supplier<GuestCode> loading, int bytes, @Nullable GuestCode now) {
        this.loading = loading;
        this.bytes = bytes;
        this.code = new WeakReference<>(now);
    }

    /** Returns the code, which it loads unless another user has it; blocks while another thread loads it. */
    synchronized GuestCode load() {
        GuestCode loaded = loaded();
        if (loaded == null) {
            loaded = loading.get();
            code = new WeakReference<>(loaded);
        }
        return loaded;
    }

    /** Returns the size of the module. */
    public int bytes() {
        return bytes;
    }

    /** Returns the code if it is loaded. */
    @Nullable
    GuestCode loaded() {
        return code.get();
    }
}
