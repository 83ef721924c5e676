/** A program that serves a WebAssembly module; its entry type is {@link dev.wagi.samples.embedded.EmbeddedServer}. */
package dev.wagi.samples.embedded;
