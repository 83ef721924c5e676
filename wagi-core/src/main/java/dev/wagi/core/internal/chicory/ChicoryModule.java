// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.Sandbox;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A module and the code compiled from it. */
final class ChicoryModule implements GuestModule {

    /** A function that the module imports and we have. */
    record Link(String module, String name, HostFunctions.Definition definition) {}

    private final WasmModule module;
    private final Function<Instance, Machine> machines;
    private final List<Link> links;
    private final @Nullable MemoryLimits memoryLimits;
    private final Set<String> functions;
    private final Set<String> entrypoints;

    ChicoryModule(
            WasmModule module,
            Function<Instance, Machine> machines,
            List<Link> links,
            @Nullable MemoryLimits memoryLimits) {
        this.module = module;
        this.machines = machines;
        this.links = List.copyOf(links);
        this.memoryLimits = memoryLimits;
        Set<String> all = new TreeSet<>();
        Set<String> callable = new TreeSet<>();
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            Export export = module.exportSection().getExport(i);
            if (export.exportType() == ExternalType.FUNCTION) {
                all.add(export.name());
                FunctionType type = typeOf(export.index());
                if (type.params().isEmpty() && type.returns().isEmpty()) {
                    callable.add(export.name());
                }
            }
        }
        this.functions = Set.copyOf(all);
        this.entrypoints = Collections.unmodifiableSet(callable);
    }

    @Override
    public Set<String> entrypoints() {
        return entrypoints;
    }

    @Override
    public Sandbox instantiate() {
        return new ChicorySandbox(this);
    }

    @Override
    public boolean exports(String function) {
        return functions.contains(function);
    }

    Instance newInstance(ChicorySandbox sandbox) {
        List<ImportFunction> imports = new ArrayList<>(links.size());
        for (Link link : links) {
            HostFunction function = sandbox.bind(link.module(), link.name(), link.definition());
            imports.add(function);
        }
        Instance.Builder builder = Instance.builder(module)
                .withMachineFactory(machines)
                .withMemoryFactory(ByteArrayMemory::new)
                .withTableFactory(ChicoryModule::newTable)
                .withImportValues(ImportValues.builder().withFunctions(imports).build())
                .withStart(false);
        if (memoryLimits != null) {
            builder.withMemoryLimits(memoryLimits);
        }
        return builder.build();
    }

    /** A table of this instance's own: the engine notes its growth in the limits, which are the module's. */
    private static TableInstance newTable(Table table, int initialValue) {
        long min = table.limits().min();
        long max = Math.max(min, Math.min(table.limits().max(), ChicoryEngine.MAX_TABLE_ENTRIES));
        return new TableInstance(new Table(table.elementType(), new TableLimits(min, max)), initialValue);
    }

    /** The type of a function of the index space that imports come first in. */
    private FunctionType typeOf(int index) {
        int imported = module.importSection().count(ExternalType.FUNCTION);
        if (index >= imported) {
            return module.functionSection().getFunctionType(index - imported, module.typeSection());
        }
        FunctionImport function = (FunctionImport) module.importSection().stream()
                .filter(candidate -> candidate.importType() == ExternalType.FUNCTION)
                .skip(index)
                .findFirst()
                .orElseThrow();
        return module.typeSection().getType(function.typeIndex());
    }
}
