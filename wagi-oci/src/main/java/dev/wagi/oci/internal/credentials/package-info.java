/** Where credentials are kept: the files of Docker and podman, their helper programs, pull secrets of Kubernetes. */
@NullMarked
package dev.wagi.oci.internal.credentials;

import org.jspecify.annotations.NullMarked;
