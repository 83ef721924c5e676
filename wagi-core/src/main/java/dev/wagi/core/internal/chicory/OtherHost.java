// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells by its imports which host a module was built for, when it is not WASI's. */
final class OtherHost {

    private static final String SOCKETS =
            "sock_(open|bind|listen|connect|getsockopt|setsockopt|getlocaladdr|getpeeraddr|getaddrinfo|recv_from|send_to).*";

    private record Host(String name, Pattern module, Pattern function) {
        Host(String name, String module) {
            this(name, module, ".*");
        }

        Host(String name, String module, String function) {
            this(name, Pattern.compile(module, Pattern.DOTALL), Pattern.compile(function, Pattern.DOTALL));
        }
    }

    /** The first that fits is it. */
    private static final List<Host> HOSTS = List.of(
            new Host("Extism", "extism:host/.*"),
            new Host("Extism", "env", "extism_.*"),
            new Host("JavaScript by wasm-bindgen", "wbg|__wbindgen_.*|.*_bg\\.js"),
            new Host("JavaScript (a browser or Node.js) by Go", "go|gojs"),
            new Host("JavaScript by TeaVM", "teavm.*"),
            new Host("JavaScript by Kotlin", "js_code|kotlin.*"),
            new Host("JavaScript by Dart", "dart2wasm.*"),
            new Host("JavaScript strings", "wasm:js-string"),
            new Host("JavaScript by AssemblyScript (its option --use abort= removes one import)", "env", "abort|seed"),
            new Host("Envoy (proxy-wasm)", "env", "proxy_.*"),
            new Host(
                    "JavaScript by Emscripten (its option -sSTANDALONE_WASM builds for WASI)",
                    "env",
                    "_?emscripten_.*|_embind_.*|_?emval_.*|invoke_.*|__syscall_.*|__cxa_.*|_abort_js|_tzset_js|_mmap_js"),
            new Host("JavaScript by Emscripten (its option -sSTANDALONE_WASM builds for WASI)", "a"),
            new Host("WasmEdge (its sockets)", "wasi_snapshot_preview1", SOCKETS),
            new Host("WasmEdge", "wasmedge.*"),
            new Host("WASI's neural network proposal (wasi-nn)", "wasi_(ephemeral|snapshot)_nn"),
            new Host("WASI threads", "wasi", "thread-spawn"),
            new Host("WASIX (Wasmer)", "wasix_.*"),
            new Host("WASI 0.2 (a component)", "(\\[export\\])?wasi:.*"),
            new Host(
                    "Fermyon Spin", "spin.*|fermyon:.*|wasi-outbound-http|outbound-(redis|pg|mysql)|(wasi-)?key-value"),
            new Host("Fastly Compute", "fastly_.*|env_fastly.*"),
            new Host("Lunatic", "lunatic::.*"),
            new Host("waPC", "wapc"),
            new Host("the Internet Computer", "ic0"),
            new Host("Javy's QuickJS provider (build it with static linking)", "javy_quickjs_provider.*"),
            new Host("Arbitrum Stylus", "vm_hooks"));

    private OtherHost() {}

    /** The host that offers an import, if it is known. */
    static Optional<String> of(String module, String function) {
        return HOSTS.stream()
                .filter(host -> host.module().matcher(module).matches()
                        && host.function().matcher(function).matches())
                .map(Host::name)
                .findFirst();
    }
}
