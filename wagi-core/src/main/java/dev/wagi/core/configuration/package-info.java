// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The sources of configurations. Implement {@link dev.wagi.core.configuration.ConfigurationSource} to serve modules
 * that are listed in a database or a configuration server. File formats such as {@code modules.toml} are sources too;
 * separate Maven modules provide them.
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
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.core.configuration;

import org.jspecify.annotations.NullMarked;
