// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.InterpreterMachine;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.Import;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.MemorySection;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.SandboxEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Loads modules with Chicory, compiled to JVM bytecode or interpreted. */
public final class ChicoryEngine implements SandboxEngine {

    /** 256 MiB, in pages of 64 KiB. */
    private static final int MAX_PAGES = 4096;

    private static final List<HostFunctions> HOST = List.of(WasiPreview1.FUNCTIONS, OutboundHttp.FUNCTIONS);

    private final boolean compile;

    /**
     * An engine.
     *
     * @param compile whether to compile modules; else they are interpreted: no start-up cost, 10 to 100 times slower
     */
    public ChicoryEngine(boolean compile) {
        this.compile = compile;
    }

    @Override
    public GuestModule load(String name, byte[] bytes) {
        byte[] binary = ModuleFormat.toBinary(name, bytes);
        try {
            WasmModule module = Parser.parse(binary);
            List<ChicoryModule.Link> links = link(name, module);
            Optional<MemoryLimits> limits = memoryLimits(name, module);
            Function<Instance, Machine> machines = compile
                    ? MachineFactoryCompiler.builder(module)
                            .withInterpreterFallback(InterpreterFallback.SILENT)
                            .compile()
                    : InterpreterMachine::new;
            ChicoryModule guest = new ChicoryModule(module, machines, links, limits.orElse(null));
            // What cannot be instantiated is found now and not by the first request.
            guest.instantiate();
            return guest;
        } catch (ModuleLoadException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw new ModuleLoadException(name + " is nested too deeply to be loaded", e);
        } catch (RuntimeException e) {
            // Parser, validator and compiler throw their own exceptions for most malformed modules, but not for all.
            String reason = e instanceof ChicoryException ? String.valueOf(e.getMessage()) : e.toString();
            throw new ModuleLoadException(
                    name + " is not a valid WebAssembly module: " + reason
                            + "; build it again, for the target wasm32-wasi",
                    e);
        }
    }

    static List<ChicoryModule.Link> link(String name, WasmModule module) {
        List<ChicoryModule.Link> links = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; i < module.importSection().importCount(); i++) {
            Import wanted = module.importSection().getImport(i);
            HostFunctions.Definition definition = find(wanted);
            if (definition == null || wanted.importType() != ExternalType.FUNCTION) {
                unknown.add(wanted.importType().name().toLowerCase(Locale.ROOT) + " " + wanted.module() + "."
                        + wanted.name());
                continue;
            }
            FunctionType type = module.typeSection().getType(((FunctionImport) wanted).typeIndex());
            if (!type.equals(definition.type())) {
                unknown.add("function " + wanted.module() + "." + wanted.name() + " as " + type + ", which is "
                        + definition.type() + " here");
                continue;
            }
            links.add(new ChicoryModule.Link(wanted.module(), wanted.name(), definition));
        }
        if (!unknown.isEmpty()) {
            throw new ModuleLoadException(name + " imports what this host does not offer: " + String.join("; ", unknown)
                    + ". Offered are " + WasiPreview1.MODULE + " and " + OutboundHttp.MODULE
                    + "; build the module for the target wasm32-wasi (preview 1)");
        }
        return links;
    }

    private static HostFunctions.@org.jspecify.annotations.Nullable Definition find(Import wanted) {
        for (HostFunctions functions : HOST) {
            if (functions.module().equals(wanted.module())) {
                return functions.definitions().get(wanted.name());
            }
        }
        return null;
    }

    private static Optional<MemoryLimits> memoryLimits(String name, WasmModule module) {
        MemorySection section = module.memorySection().orElse(null);
        if (section == null || section.memoryCount() == 0) {
            return Optional.empty();
        }
        if (section.memoryCount() > 1) {
            throw new ModuleLoadException(name + " has several memories; a WASI module has one");
        }
        MemoryLimits limits = section.getMemory(0).limits();
        if (limits.shared()) {
            throw new ModuleLoadException(name + " has a shared memory; build it without threads");
        }
        if (limits.initialPages() > MAX_PAGES) {
            throw new ModuleLoadException(name + " wants " + limits.initialPages() / 16
                    + " MiB of memory from the start; at most " + MAX_PAGES / 16 + " MiB are given");
        }
        return Optional.of(new MemoryLimits(limits.initialPages(), Math.min(limits.maximumPages(), MAX_PAGES)));
    }
}
