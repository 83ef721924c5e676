/**
 * A confined file system that gives guests access to selected host directories and to no other files of the host.
 * Independent of WebAssembly.
 *
 * <p>A {@link dev.wagi.core.internal.volume.Volume} is what the configuration grants, a
 * {@link dev.wagi.core.internal.volume.Mount} is a volume in service, and a
 * {@link dev.wagi.core.internal.volume.ConfinedDirectory} is a guest's access to it. Paths are resolved one component
 * at a time, each relative to a directory that is held open; see wagi-core/RATIONALE.md, "How is a volume confined?".
 *
 * <p>Volumes and mounts are shared by threads; an open file or directory belongs to one thread at a time. Every failure
 * is a {@link dev.wagi.core.internal.volume.VolumeException}, whose text reveals nothing about the host.
 */
@NullMarked
package dev.wagi.core.internal.volume;

import org.jspecify.annotations.NullMarked;
