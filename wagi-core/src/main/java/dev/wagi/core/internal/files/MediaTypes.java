// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The media types of files, by the last extension of their names. Immutable. */
final class MediaTypes {

    private static final String UNKNOWN = "application/octet-stream";

    /** Text is UTF-8. */
    private static final Map<String, String> STANDARD = Map.ofEntries(
            text("html", "text/html"),
            text("htm", "text/html"),
            text("css", "text/css"),
            text("js", "text/javascript"),
            text("mjs", "text/javascript"),
            text("txt", "text/plain"),
            text("md", "text/markdown"),
            text("csv", "text/csv"),
            text("vtt", "text/vtt"),
            text("ics", "text/calendar"),
            Map.entry("json", "application/json"),
            Map.entry("map", "application/json"),
            Map.entry("jsonld", "application/ld+json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("xml", "application/xml"),
            Map.entry("xhtml", "application/xhtml+xml"),
            Map.entry("atom", "application/atom+xml"),
            Map.entry("rss", "application/rss+xml"),
            Map.entry("yaml", "application/yaml"),
            Map.entry("yml", "application/yaml"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("pdf", "application/pdf"),
            Map.entry("zip", "application/zip"),
            Map.entry("gz", "application/gzip"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("apng", "image/apng"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"),
            Map.entry("avif", "image/avif"),
            Map.entry("bmp", "image/bmp"),
            Map.entry("ico", "image/vnd.microsoft.icon"),
            Map.entry("woff", "font/woff"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("ttf", "font/ttf"),
            Map.entry("otf", "font/otf"),
            Map.entry("mp3", "audio/mpeg"),
            Map.entry("ogg", "audio/ogg"),
            Map.entry("opus", "audio/ogg"),
            Map.entry("wav", "audio/wav"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("webm", "video/webm"),
            Map.entry("ogv", "video/ogg"));

    private final Map<String, String> types;

    /**
     * Creates the table.
     *
     * @param own types by extension in lower case, without a dot; in place of the standard ones
     */
    MediaTypes(Map<String, String> own) {
        Map<String, String> all = new HashMap<>(STANDARD);
        all.putAll(own);
        types = Map.copyOf(all);
    }

    private static Map.Entry<String, String> text(String extension, String type) {
        return Map.entry(extension, type + "; charset=utf-8");
    }

    /** Returns the type of a file. */
    String of(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? UNKNOWN : types.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), UNKNOWN);
    }
}
