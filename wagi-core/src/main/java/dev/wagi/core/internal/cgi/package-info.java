/**
 * The Common Gateway Interface: maps a request to environment variables and arguments, and a guest's output to a
 * response. Independent of WebAssembly.
 *
 * <p>{@link dev.wagi.core.internal.cgi.CgiEnvironment} and {@link dev.wagi.core.internal.cgi.CgiArguments} are built
 * once per module and used by all requests; {@link dev.wagi.core.internal.cgi.CgiResponse} serves one request and one
 * thread.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875">RFC 3875, CGI/1.1</a>
 */
@NullMarked
package dev.wagi.core.internal.cgi;

import org.jspecify.annotations.NullMarked;
