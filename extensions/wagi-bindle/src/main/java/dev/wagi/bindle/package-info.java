/**
 * Sources of bindles. A <em>bindle</em> is a package of files, its <em>parcels</em>, with a list of them, its
 * <em>invoice</em>. WAGI has deprecated the format but still reads it, and so does this host.
 *
 * <pre>{@code
 * BindleSource exported = BindleSource.directory(Path.of("/srv/bindles"));
 * BindleSource server = BindleSource.server(URI.create("https://bindle.example/v1")).withBasicAuth("user", "password");
 * }</pre>
 *
 * <p>{@link dev.wagi.bindle.BindleSource} is an immutable value; nothing is read before a host is built.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.bindle;

import org.jspecify.annotations.NullMarked;
