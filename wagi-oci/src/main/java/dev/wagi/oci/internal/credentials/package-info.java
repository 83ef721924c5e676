/** Sources of credentials: the files of Docker and Podman, credential helpers, and Kubernetes pull secrets. */
@NullMarked
package dev.wagi.oci.internal.credentials;

import org.jspecify.annotations.NullMarked;
