/** A program that serves a WebAssembly module. */
module dev.wagi.samples.embedded {
    requires dev.wagi.http;
    requires org.eclipse.jetty.server; // WagiServer's engine, optional for users of WagiServlet

    exports dev.wagi.samples.embedded;
}
