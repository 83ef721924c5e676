// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What was pulled, on disk: one OCI image layout that several processes share. {@link
 * dev.wagi.oci.internal.store.ContentStore} is the entry. Thread-safe; nothing here speaks HTTP.
 *
 * <pre>
 * oci-layout                    version of the layout
 * index.json                    references: name to manifest, in annotations also when, what and for whom it was fetched
 * blobs/sha256/&lt;hex&gt;            content, manifests too, under the hash of its bytes
 * .wagi/lock                    locked by region while something is written
 * .wagi/partial/sha256-&lt;hex&gt;-&lt;hex&gt;
 *                               the beginning of a blob from one repository, whose hash follows, until it is whole
 * .wagi/index.&lt;random&gt;.tmp      a new index.json, until it is whole
 * </pre>
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image spec, image layout</a>
 */
@NullMarked
package dev.wagi.oci.internal.store;

import org.jspecify.annotations.NullMarked;
