// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Does what another directory does; subclasses change some of it. */
class ForwardingDirectory extends HostDirectory {

    final HostDirectory real;

    ForwardingDirectory(HostDirectory real) {
        this.real = real;
    }

    @Override
    BasicFileAttributes attributes() throws IOException {
        return real.attributes();
    }

    @Override
    @Nullable
    BasicFileAttributes attributes(String name) throws IOException {
        return real.attributes(name);
    }

    @Override
    HostDirectory directory(String name, BasicFileAttributes expected) throws IOException {
        return real.directory(name, expected);
    }

    @Override
    HostDirectory again() throws IOException {
        return real.again();
    }

    @Override
    FileChannel file(String name, Set<? extends OpenOption> options) throws IOException {
        return real.file(name, options);
    }

    @Override
    void deleteFile(String name) throws IOException {
        real.deleteFile(name);
    }

    @Override
    void deleteDirectory(String name) throws IOException {
        real.deleteDirectory(name);
    }

    @Override
    void move(String name, HostDirectory target, String newName) throws IOException {
        real.move(name, target instanceof ForwardingDirectory other ? other.real : target, newName);
    }

    @Override
    void createDirectory(String name, Path root) throws IOException {
        real.createDirectory(name, root);
    }

    @Override
    void createLink(String name, String text, Path root) throws IOException {
        real.createLink(name, text, root);
    }

    @Override
    DirectoryStream<Path> list() throws IOException {
        return real.list();
    }

    @Override
    void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException {
        real.setTimes(name, modified, accessed);
    }

    @Override
    String readLink(String name) throws IOException {
        return real.readLink(name);
    }

    @Override
    Path path() {
        return real.path();
    }

    @Override
    public void close() throws IOException {
        real.close();
    }
}
