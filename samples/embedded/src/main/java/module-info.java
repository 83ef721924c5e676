/** A program that serves a WebAssembly module. */
module dev.wagi.samples.embedded {
    requires dev.wagi.server;

    exports dev.wagi.samples.embedded;
}
