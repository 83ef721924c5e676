/**
 * Host directories that guests may use, and nothing else of the host's files: a confined file system that knows nothing of
 * WebAssembly.
 *
 * <p>A {@link dev.wagi.core.internal.volume.Volume} is what the configuration grants, a {@link dev.wagi.core.internal.volume.Mount} the same at
 * work, a {@link dev.wagi.core.internal.volume.ConfinedDirectory} the door of a guest into it. Paths are resolved one component at a
 * time, each relative to a directory that is held open; see wagi-core/RATIONALE.md, "How is a volume confined?".
 *
 * <p>Volumes and mounts are shared by threads; what is opened belongs to one thread at a time. Everything that fails does so
 * with a {@link dev.wagi.core.internal.volume.VolumeException}, whose text names nothing of the host.
 */
@NullMarked
package dev.wagi.core.internal.volume;

import org.jspecify.annotations.NullMarked;
