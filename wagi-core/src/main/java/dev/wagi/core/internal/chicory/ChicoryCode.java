// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.MemorySection;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.ModuleLabels;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A module's code, from which modules with different limits are made. */
final class ChicoryCode implements GuestCode {

    /** A page of WebAssembly, 64 KiB, as a power of two. */
    private static final int PAGE_SHIFT = 16;

    private final String name;
    private final ModuleCompiler.Compiled code;
    private final List<ChicoryModule.Link> links;
    private final GuestHeap heap;
    private final ModuleLabels labels;
    private final boolean cached;
    private final Map<SandboxLimits, GuestModule> modules = new ConcurrentHashMap<>();

    ChicoryCode(
            String name,
            ModuleCompiler.Compiled code,
            List<ChicoryModule.Link> links,
            GuestHeap heap,
            ModuleLabels labels,
            boolean cached) {
        this.cached = cached;
        this.heap = heap;
        this.name = name;
        this.code = code;
        this.links = links;
        this.labels = labels;
    }

    @Override
    public boolean isCached() {
        return cached;
    }

    @Override
    public ModuleLabels labels() {
        return labels;
    }

    @Override
    public long bytes() {
        return code.bytes();
    }

    @Override
    public @Nullable GuestModule known(SandboxLimits limits) {
        return modules.get(limits);
    }

    @Override
    public GuestModule module(SandboxLimits limits) {
        GuestModule known = known(limits);
        if (known == null) {
            // Not inside the map: a start function may take its time, and others must not wait for it.
            GuestModule made = ChicoryEngine.describing(name, () -> instantiable(limits));
            known = modules.putIfAbsent(limits, made);
            return known == null ? made : known;
        }
        return known;
    }

    private GuestModule instantiable(SandboxLimits limits) {
        WasmModule module = code.module();
        long entries = 0;
        for (int i = 0; i < module.tableSection().tableCount(); i++) {
            entries += module.tableSection().getTable(i).limits().min();
        }
        if (entries > limits.maxTableEntries()) {
            throw new ModuleLoadException(name + " has tables of " + entries + " entries; at most "
                    + limits.maxTableEntries() + " are given, see max_table_entries");
        }
        return new ChicoryModule(code, links, memoryLimits(limits), limits.maxTableEntries(), heap);
    }

    private @Nullable MemoryLimits memoryLimits(SandboxLimits limits) {
        MemorySection section = code.module().memorySection().orElse(null);
        if (section == null || section.memoryCount() == 0) {
            return null;
        }
        MemoryLimits own = section.getMemory(0).limits();
        int most = (int) (limits.maxMemoryBytes() >> PAGE_SHIFT);
        if (own.initialPages() > most) {
            throw new ModuleLoadException(name + " wants " + ((long) own.initialPages() << PAGE_SHIFT)
                    + " bytes of memory from the start; at most " + ((long) most << PAGE_SHIFT)
                    + " are given, see max_memory");
        }
        return new MemoryLimits(own.initialPages(), Math.min(own.maximumPages(), most));
    }
}
