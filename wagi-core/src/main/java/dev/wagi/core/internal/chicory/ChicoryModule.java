// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ActiveElement;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.TagSection;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.Sandbox;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A module and the code compiled from it. */
final class ChicoryModule implements GuestModule {

    /** A function that the module imports and the host provides. */
    record Link(String module, String name, HostFunctions.Definition definition) {}

    /**
     * The functions that a module exports.
     *
     * @param indexes of all of them, by name
     * @param entrypoints those without parameters and results, sorted
     */
    record Functions(Map<String, Integer> indexes, Set<String> entrypoints) {

        static Functions of(WasmModule module) {
            Map<String, Integer> all = new HashMap<>();
            Set<String> callable = new TreeSet<>();
            List<FunctionType> types = types(module);
            for (int i = 0; i < module.exportSection().exportCount(); i++) {
                Export export = module.exportSection().getExport(i);
                if (export.exportType() == ExternalType.FUNCTION) {
                    all.put(export.name(), export.index());
                    FunctionType type = types.get(export.index());
                    if (type.params().isEmpty() && type.returns().isEmpty()) {
                        callable.add(export.name());
                    }
                }
            }
            return new Functions(Map.copyOf(all), Collections.unmodifiableSet(callable));
        }
    }

    // What the engine's objects take in each instance.
    private static final long GLOBAL_BYTES = 48;
    private static final long FUNCTION_BYTES = 16;
    private static final long IMPORT_BYTES = 160;
    private static final long EXPORT_BYTES = 80;
    private static final long SEGMENT_BYTES = 16;
    private static final long TABLE_BYTES = 160;
    private static final long EXCEPTION_BYTES = 32 << 10;

    private final WasmModule module;
    private final Function<Instance, Machine> machines;
    private final List<Link> links;
    private final @Nullable MemoryLimits memoryLimits;
    private final int maxTableEntries;
    private final GuestHeap heap;
    private final Map<String, Integer> functions;
    private final Set<String> entrypoints;
    private final boolean reactor;
    private final boolean memoryExported;
    private final Reuse reuse;
    private final FunctionNames names;
    /** Null if nothing is interpreted. */
    private final @Nullable FrameSizes frames;

    private final long fixedBytes;
    private final Snapshot snapshot;

    /**
     * Creates a module and its first instance: a module that cannot be instantiated fails now and not at the first
     * request, and every later instance is made equal to the first.
     *
     * @param memoryLimits the size that a memory begins with and may have; null without a memory
     * @param maxTableEntries what all tables of an instance together may have
     * @param heap what its instances share with those of other modules
     * @throws GuestTrapException if the start function traps or there is no memory left
     */
    ChicoryModule(
            ModuleCompiler.Compiled code,
            List<Link> links,
            @Nullable MemoryLimits memoryLimits,
            int maxTableEntries,
            GuestHeap heap) {
        this.module = code.module();
        this.machines = code.machines();
        this.links = List.copyOf(links);
        this.memoryLimits = memoryLimits;
        this.maxTableEntries = maxTableEntries;
        this.heap = heap;
        boolean memory = false;
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            Export export = module.exportSection().getExport(i);
            memory |=
                    export.exportType() == ExternalType.MEMORY && export.name().equals("memory");
        }
        Functions exported = Functions.of(module);
        this.functions = exported.indexes();
        this.entrypoints = exported.entrypoints();
        this.reactor = functions.containsKey(ChicorySandbox.INITIALIZE)
                && ChicorySandbox.WIZER.stream().noneMatch(entrypoints::contains);
        this.memoryExported = memory;
        this.reuse = code.reuse();
        this.names = code.names();
        this.frames = code.interpreted() ? new FrameSizes(module) : null;
        this.fixedBytes = fixedBytes(module);
        this.snapshot = ChicorySandbox.first(this).snapshot();
        instantiate(); // shows that another one can be made equal to it
    }

    FunctionNames names() {
        return names;
    }

    @Override
    public Set<String> entrypoints() {
        return entrypoints;
    }

    @Override
    public boolean isReusable() {
        return reuse != Reuse.NEVER;
    }

    @Override
    public Sandbox instantiate() {
        return ChicorySandbox.another(this, snapshot);
    }

    /** Returns the index of an exported function. */
    int index(String function) {
        Integer index = functions.get(function);
        if (index == null) {
            throw new IllegalArgumentException("the module exports no function " + Escape.text(function));
        }
        return index;
    }

    Reuse reuse() {
        return reuse;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /** Returns whether its constructors must run before any other export. */
    boolean isReactor() {
        return reactor;
    }

    /** Returns whether the memory is exported as {@code memory}. */
    boolean exportsMemory() {
        return memoryExported;
    }

    @Override
    public boolean exports(String function) {
        return functions.containsKey(function);
    }

    GuestHeap heap() {
        return heap;
    }

    /**
     * What an instance takes besides memory and entries of tables, roughly: an object for each global and tag, and its
     * own lists of functions, exports and segments. For each tag the engine keeps the last exception with its stack.
     */
    private static long fixedBytes(WasmModule module) {
        long bytes = GLOBAL_BYTES * module.globalSection().globalCount()
                + FUNCTION_BYTES * module.functionSection().functionCount()
                + IMPORT_BYTES * module.importSection().importCount()
                + EXPORT_BYTES * module.exportSection().exportCount()
                + SEGMENT_BYTES * module.elementSection().elementCount()
                + SEGMENT_BYTES * module.dataSection().dataSegmentCount()
                + TABLE_BYTES * module.tableSection().tableCount();
        TagSection tags = module.tagSection().orElse(null);
        for (int i = 0; tags != null && i < tags.tagCount(); i++) {
            int values = module.typeSection()
                    .getType(tags.getTag(i).typeIdx())
                    .params()
                    .size();
            bytes += EXCEPTION_BYTES + (long) values * Long.BYTES;
        }
        return bytes;
    }

    long fixedBytes() {
        return fixedBytes;
    }

    int tables() {
        return module.tableSection().tableCount();
    }

    /** The tables that an instance begins with. */
    long initialTableBytes() {
        long entries = 0;
        for (int i = 0; i < tables(); i++) {
            entries += module.tableSection().getTable(i).limits().min();
        }
        return entries * GuestTable.ENTRY_BYTES;
    }

    /** The memory that an instance begins with. */
    long initialBytes() {
        return memoryLimits == null ? 0 : (long) memoryLimits.initialPages() * Memory.PAGE_SIZE;
    }

    /** What bounds an instance's interpreter; null if it has none. */
    @Nullable
    InterpreterBounds newBounds(GuestHeap.Charge charge) {
        return frames == null ? null : new InterpreterBounds(frames, charge);
    }

    Instance newInstance(ChicorySandbox sandbox, GuestHeap.Charge charge, @Nullable InterpreterBounds bounds) {
        List<ImportFunction> imports = new ArrayList<>(links.size());
        for (Link link : links) {
            HostFunction function = sandbox.bind(link.module(), link.name(), link.definition());
            imports.add(function);
        }
        GuestTable.Room tables = new GuestTable.Room(maxTableEntries, charge);
        FlatGlobal.Maker maker = new FlatGlobal.Maker(module);
        Instance.Builder builder = Instance.builder(module)
                .withMachineFactory(bounds == null ? machines : instance -> bounds.during(instance, machines))
                .withUnsafeExecutionListener(bounds)
                .withMemoryFactory(maker::memory)
                .withGlobalFactory(maker)
                .withTableFactory((table, value) -> new GuestTable(table, value, tables))
                .withImportValues(ImportValues.builder().withFunctions(imports).build())
                .withStart(false);
        if (memoryLimits != null) {
            builder.withMemoryLimits(memoryLimits);
        }
        Instance instance = builder.build();
        checkElements(instance);
        return instance;
    }

    /** Looks again whether active segments of elements fit, because the engine takes the offset for a signed number. */
    private void checkElements(Instance instance) {
        for (int i = 0; i < instance.elementCount(); i++) {
            if (instance.element(i) instanceof ActiveElement active) {
                int offset = (int) ConstantEvaluators.computeConstantValue(instance, active.offset())[0];
                long size = module.tableSection()
                        .getTable(active.tableIndex())
                        .limits()
                        .min();
                TableOperators.check(offset, active.elementCount(), (int) size);
            }
        }
    }

    /** The types of all functions, imported ones first. */
    private static List<FunctionType> types(WasmModule module) {
        List<FunctionType> types = new ArrayList<>();
        module.importSection().stream()
                .filter(candidate -> candidate.importType() == ExternalType.FUNCTION)
                .forEach(function -> types.add(module.typeSection().getType(((FunctionImport) function).typeIndex())));
        for (int i = 0; i < module.functionSection().functionCount(); i++) {
            types.add(module.functionSection().getFunctionType(i, module.typeSection()));
        }
        return types;
    }
}
