// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The store for pulled content on disk: an OCI image layout that several processes share.
 * {@link dev.wagi.oci.internal.store.ContentStore} is the entry point. Thread-safe; this package does not use HTTP.
 *
 * <pre>
 * oci-layout                    version of the layout
 * index.json                    references: name to manifest; annotations record when and with which credentials it was fetched
 * blobs/sha256/&lt;hex&gt;            content, including manifests, named by its digest
 * .wagi/lock                    locked by region during writes
 * .wagi/partial/sha256-&lt;hex&gt;-&lt;hex&gt;
 *                               a partial blob from one repository, whose hash follows, until it is complete
 * .wagi/index.&lt;random&gt;.tmp      a new index.json, until it is complete
 * </pre>
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image spec, image
 *     layout</a>
 */
@NullMarked
package dev.wagi.oci.internal.store;

import org.jspecify.annotations.NullMarked;
