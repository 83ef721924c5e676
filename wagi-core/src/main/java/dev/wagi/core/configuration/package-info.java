// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Where configurations come from. {@link dev.wagi.core.configuration.ConfigurationSource} is an open interface: implement it
 * to serve what is in a database or a configuration server. The formats of files, {@code modules.toml} for instance, are
 * sources too, in Maven modules of their own.
 *
 * <pre>{@code
 * final class Guests implements ConfigurationSource {
 *     private final DataSource database;
 *
 *     Guests(DataSource database) {
 *         this.database = database;
 *     }
 *
 *     @Override
 *     public void describe(ConfigurationBuilder configuration) {
 *         try (Connection connection = database.getConnection();
 *                 Statement statement = connection.createStatement();
 *                 ResultSet rows = statement.executeQuery("SELECT route, module FROM guests")) {
 *             while (rows.next()) {
 *                 String route = rows.getString("route");
 *                 String reference = rows.getString("module");
 *                 configuration.addModule(m -> m.place("table guests, route " + route).route(route).source(reference));
 *             }
 *         } catch (SQLException e) {
 *             configuration.problems().add("table guests", "cannot be read: " + e + "; check the database");
 *         }
 *     }
 * }
 *
 * Wagi wagi = Wagi.builder().addSource(new Guests(database)).build();
 * }</pre>
 */
@NullMarked
package dev.wagi.core.configuration;

import org.jspecify.annotations.NullMarked;
