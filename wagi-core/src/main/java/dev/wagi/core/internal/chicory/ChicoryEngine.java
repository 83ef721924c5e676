// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.Import;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.bytecode.CompileThreads;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.internal.cache.PackagedCode;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestOutline;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleLabels;
import dev.wagi.core.internal.sandbox.NoRoomException;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Loads modules with Chicory, compiled to JVM bytecode or interpreted. */
public final class ChicoryEngine implements SandboxEngine {

    /** How many names of a module a message shows. */
    private static final int MAX_NAMES = 10;

    private static final List<HostFunctions> HOST =
            List.of(WasiPreview1.FUNCTIONS, WasiPreview1.UNSTABLE, OutboundHttp.FUNCTIONS);

    private final @Nullable ModuleCompiler compiler;
    private final GuestHeap heap;
    private final TextModules texts;

    /**
     * Creates an engine.
     *
     * @param compile whether to compile modules; otherwise they are interpreted: no start-up cost, 10 to 100 times
     *     slower
     */
    public ChicoryEngine(boolean compile) {
        this(compile, null);
    }

    /**
     * Creates an engine.
     *
     * @param compile as above
     * @param cache where compiled modules are kept for the next start, if anywhere
     */
    public ChicoryEngine(boolean compile, @Nullable CompileCache cache) {
        this(compile, cache, GuestHeap.SHARED);
    }

    /**
     * Creates an engine.
     *
     * @param compile as above
     * @param cache as above
     * @param packaged modules that were compiled when the application was built
     * @param application the class loader that finds what assembles text
     */
    public ChicoryEngine(
            boolean compile, @Nullable CompileCache cache, PackagedCode packaged, @Nullable ClassLoader application) {
        this(compile ? new ModuleCompiler(cache, packaged) : null, application, GuestHeap.SHARED);
    }

    /** Creates an engine with a heap of its own, for tests. */
    ChicoryEngine(boolean compile, @Nullable CompileCache cache, GuestHeap heap) {
        this(compile ? new ModuleCompiler(cache, null) : null, ChicoryEngine.class.getClassLoader(), heap);
    }

    /** Creates an engine with a compiler of its own, for tests; null for the interpreter. */
    ChicoryEngine(@Nullable ModuleCompiler compiler, GuestHeap heap) {
        this(compiler, ChicoryEngine.class.getClassLoader(), heap);
    }

    private ChicoryEngine(@Nullable ModuleCompiler compiler, @Nullable ClassLoader application, GuestHeap heap) {
        this.texts = new TextModules(application);
        this.heap = heap;
        this.compiler = compiler;
    }

    /** The heap that running guests of this JVM are charged for, in bytes. */
    public static long guestHeapBytes() {
        return GuestHeap.SHARED.used();
    }

    @Override
    public GuestCode load(String name, byte[] bytes, String digest) {
        return describing(name, () -> code(name, bytes, digest));
    }

    @Override
    public GuestCode loadAlone(String name, byte[] bytes, String digest) {
        return CompileThreads.without(() -> load(name, bytes, digest));
    }

    @Override
    public GuestOutline outline(String name, byte[] bytes, String digest) {
        return describing(name, () -> {
            byte[] binary = binary(name, bytes, digest);
            if (compiler != null && compiler.isValid(name, digest)) {
                return outline(name, Skeleton.of(binary).parsed(), LabelReader.read(binary));
            }
            ModuleCheck.Checked checked = ModuleCheck.check(name, binary);
            LoadRoom.Taken room = LoadRoom.SHARED.take(name, checked.bytes());
            try {
                GuestOutline outline = outline(name, Parser.parse(checked.module()), LabelReader.read(binary));
                if (compiler != null) {
                    compiler.validated(digest);
                }
                return outline;
            } finally {
                room.giveBack();
            }
        });
    }

    private static GuestOutline outline(String name, WasmModule module, ModuleLabels labels) {
        link(name, module);
        ChicoryModule.Functions functions = ChicoryModule.Functions.of(module);
        // Not the map itself, which would keep the module.
        Set<String> names = Set.copyOf(functions.indexes().keySet());
        return new GuestOutline(functions.entrypoints(), names::contains, labels);
    }

    private byte[] binary(String name, byte[] bytes, String digest) {
        return ModuleFormat.toBinary(
                name,
                bytes,
                text -> compiler == null ? texts.assemble(name, text) : compiler.assemble(name, text, digest, texts));
    }

    private GuestCode code(String name, byte[] bytes, String digest) {
        byte[] given = binary(name, bytes, digest);
        // What was compiled before, by the same classes, was checked and valid then.
        ModuleCompiler.Compiled code = compiler == null ? null : compiler.find(name, given, digest);
        if (code != null) {
            return new ChicoryCode(name, code, link(name, code.module()), heap, LabelReader.read(given), true);
        }
        ModuleCheck.Checked checked = ModuleCheck.check(name, given);
        byte[] binary = checked.module();
        LoadRoom.Taken room = LoadRoom.SHARED.take(name, checked.bytes());
        try {
            return parsed(name, binary, digest);
        } finally {
            room.giveBack();
        }
    }

    private GuestCode parsed(String name, byte[] binary, String digest) {
        WasmModule module = Parser.parse(binary);
        List<ChicoryModule.Link> links = link(name, module);
        ModuleCompiler.Compiled code = compiler == null
                ? ModuleCompiler.interpreted(binary, module)
                : compiler.compile(name, binary, digest, module);
        return new ChicoryCode(name, code, links, heap, LabelReader.read(binary), false);
    }

    /** Runs a step of loading, and reports any failure as a problem of the module. */
    static <T> T describing(String name, Supplier<T> step) {
        try {
            return step.get();
        } catch (ModuleLoadException e) {
            throw e;
        } catch (GuestTrapException e) {
            throw new ModuleLoadException(
                    name + " cannot be instantiated: " + e.description()
                            + "; look at its start function and data segments",
                    e);
        } catch (NoRoomException e) {
            throw new ModuleLoadException(
                    name + " cannot be instantiated now: " + e.getMessage() + "; raise the JVM's -Xmx", e);
        } catch (StackOverflowError e) {
            throw new ModuleLoadException(name + " is nested too deeply to be loaded", e);
        } catch (RuntimeException | LinkageError | AssertionError e) {
            // Parser, validator and compiler throw their own exceptions for most malformed modules, but not for all
            // (and with
            // java -ea, some fail assertions); what the compiler makes of some valid ones the JVM refuses.
            String reason = Escape.text(e instanceof ChicoryException ? String.valueOf(e.getMessage()) : e.toString());
            throw new ModuleLoadException(
                    name + " is not a valid WebAssembly module: " + reason
                            + "; build it again, for the target wasm32-wasi",
                    e);
        }
    }

    static List<ChicoryModule.Link> link(String name, WasmModule module) {
        List<ChicoryModule.Link> links = new ArrayList<>();
        // Lists each once, however often it is imported.
        Set<String> unknown = new LinkedHashSet<>();
        Set<String> hosts = new LinkedHashSet<>();
        for (int i = 0; i < module.importSection().importCount(); i++) {
            Import wanted = module.importSection().getImport(i);
            HostFunctions.Definition definition = find(wanted);
            String wantedName = Escape.text(wanted.module() + "." + wanted.name());
            if (definition == null || wanted.importType() != ExternalType.FUNCTION) {
                unknown.add(wanted.importType().name().toLowerCase(Locale.ROOT) + " " + wantedName);
                OtherHost.of(wanted.module(), wanted.name()).ifPresent(hosts::add);
                continue;
            }
            FunctionType type = module.typeSection().getType(((FunctionImport) wanted).typeIndex());
            if (!type.equals(definition.type())) {
                unknown.add("function " + wantedName + " as " + type + ", which is " + definition.type() + " here");
                continue;
            }
            links.add(new ChicoryModule.Link(wanted.module(), wanted.name(), definition));
        }
        if (!unknown.isEmpty()) {
            throw new ModuleLoadException(name + " imports what this host does not offer: " + first(unknown)
                    + ". Offered are " + WasiPreview1.MODULE + " and " + OutboundHttp.MODULE + "; "
                    + (hosts.isEmpty()
                            ? "it wants another host: build it with nothing but WASI preview 1"
                            : "it wants another host, " + String.join(" or ", hosts)
                                    + ": run it there, or build it without what imports that"));
        }
        return links;
    }

    private static String first(Set<String> names) {
        String text = names.stream().limit(MAX_NAMES).collect(Collectors.joining("; "));
        return names.size() > MAX_NAMES ? text + "; " + (names.size() - MAX_NAMES) + " more" : text;
    }

    private static HostFunctions.@Nullable Definition find(Import wanted) {
        for (HostFunctions functions : HOST) {
            if (functions.module().equals(wanted.module())) {
                return functions.find(wanted.name());
            }
        }
        return null;
    }
}
