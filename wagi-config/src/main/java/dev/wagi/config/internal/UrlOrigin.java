// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A configuration at a URL, or at a location that is resolved to a URL when it is read, such as the class path.
 *
 * @param find returns the URL; null if it does not exist
 * @param place the name for messages
 * @param syntax the format
 * @param missing the problem if it does not exist
 */
public record UrlOrigin(Supplier<@Nullable URL> find, String place, Syntax syntax, String missing) implements Origin {

    /** Creates an origin from a URL whose path determines the format. */
    public static UrlOrigin of(URL url) {
        return new UrlOrigin(
                () -> url, Fetch.display(url), Syntax.of(url.getPath()), "there is nothing at this URL; correct it");
    }

    /** Creates an origin from a resource of a class loader. */
    public static UrlOrigin resource(String name, ClassLoader loader) {
        String path = name.replaceFirst("^/+", "");
        return new UrlOrigin(
                () -> loader.getResource(path),
                "classpath:/" + path,
                Syntax.of(path),
                "there is no such resource on the class path; put it at that path in a jar or a resources folder");
    }

    @Override
    public Optional<String> read(Problems problems) {
        URL url = find.get();
        try {
            byte[] bytes = url == null ? null : Fetch.bytes(url, MAX_BYTES);
            if (bytes == null) {
                problems.add(place, missing);
                return Optional.empty();
            }
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (FileNotFoundException e) {
            problems.add(place, missing);
        } catch (Fetch.TooLargeException e) {
            problems.add(place, "is larger than " + (MAX_BYTES >> 20) + " MiB; is it a modules.toml?");
        } catch (CharacterCodingException e) {
            problems.add(place, "is not UTF-8 text; save it as UTF-8");
        } catch (IOException e) {
            problems.add(place, "cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }

    @Override
    public Optional<Path> directory() {
        URL url = find.get();
        return url == null ? Optional.empty() : Fetch.directory(url);
    }

    @Override
    public void locate(ModuleBuilder module) {
        URL url = find.get();
        if (url != null) {
            Fetch.directory(url).ifPresentOrElse(module::baseDirectory, () -> module.files(new UrlModules(url)));
        }
    }
}
