/** A program that serves a WebAssembly module; its main class is {@link dev.wagi.samples.embedded.EmbeddedServer}. */
package dev.wagi.samples.embedded;
