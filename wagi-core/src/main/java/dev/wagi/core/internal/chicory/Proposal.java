// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/**
 * Proposals for WebAssembly that are not supported here. A module that uses one is refused, and the message names it
 * and what to do; what to pass to which compiler is in {@code docs/errors.md}.
 *
 * @see <a href="https://github.com/WebAssembly/proposals">WebAssembly proposals</a>
 */
enum Proposal {
    GC("garbage collection", "build it without WebAssembly GC"),
    TAIL_CALLS("tail calls", "build it without them (clang: -mno-tail-call)"),
    LEGACY_EXCEPTIONS(
            "exception handling in its old form",
            "build it with the final form (clang: -mllvm -wasm-use-legacy-eh=false), or without exceptions (rustc:"
                    + " -C panic=abort)"),
    THREADS(
            "threads",
            "build it without them (clang: without -pthread and -matomics; rustc: for wasm32-wasip1 rather than"
                    + " wasm32-wasip1-threads)"),
    SIMD("SIMD", "build it without (clang: -mno-simd128; rustc: -C target-feature=-simd128)"),
    RELAXED_SIMD("relaxed SIMD", "build it without (clang: -mno-relaxed-simd -mno-simd128)"),
    MEMORY64("64-bit memories", "build it for wasm32"),
    MULTI_MEMORY("several memories", "build it with one memory (clang: -mno-multimemory)"),
    PAGE_SIZES("custom page sizes", "build it with pages of 64 KiB"),
    WIDE_ARITHMETIC("wide arithmetic", "build it without (clang: -mno-wide-arithmetic)"),
    STACK_SWITCHING("stack switching", "build it without"),
    STRINGS("reference-typed strings", "build it without"),
    MEMORY_CONTROL("memory control", "build it without");

    private final String title;
    private final String remedy;

    Proposal(String title, String remedy) {
        this.title = title;
        this.remedy = remedy;
    }

    /** What messages call it. */
    String title() {
        return title;
    }

    /** What to do about it, as the end of a sentence. */
    String remedy() {
        return remedy;
    }
}
