// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
"use strict";

// The server writes the page, and escapes what is in it. This takes over what has changed in a newer copy of it, and sends the
// form without leaving the page. Nothing is ever made of text but text.
(() => {
  const INTERVAL = 2000;
  const PATIENCE = 10000;
  const pause = document.getElementById("pause");
  const connection = document.getElementById("connection");
  const form = document.getElementById("test-form");
  let paused = false;
  let busy = false;

  const request = (method, url, body) =>
    new Promise((resolve, reject) => {
      const exchange = new XMLHttpRequest();
      exchange.open(method, url);
      exchange.responseType = "document";
      exchange.onload = () =>
        exchange.response ? resolve(exchange.response) : reject(new Error("The server refused this: " + exchange.status + ". Open the page again."));
      exchange.onerror = exchange.ontimeout = exchange.onabort = () => reject(new Error("The server does not answer."));
      if (method === "GET") {
        exchange.timeout = PATIENCE; // a module may take as long as its own timeout allows
      }
      if (body) {
        exchange.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
      }
      exchange.send(body);
    });

  // Makes an element like another one. What people have opened stays open, and what has the focus stays the same element.
  const adopt = (old, fresh) => {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(document.importNode(fresh, true));
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) {
        old.nodeValue = fresh.nodeValue;
      }
      return;
    }
    for (const name of fresh.getAttributeNames()) {
      if (name !== "open" && old.getAttribute(name) !== fresh.getAttribute(name)) {
        old.setAttribute(name, fresh.getAttribute(name));
      }
    }
    const children = [...old.childNodes];
    const others = [...fresh.childNodes];
    children.slice(others.length).forEach((child) => child.remove());
    others.forEach((other, i) =>
      i < children.length ? adopt(children[i], other) : old.append(document.importNode(other, true)),
    );
  };

  const update = async () => {
    if (paused || busy || document.hidden) {
      return;
    }
    busy = true;
    try {
      const fresh = await request("GET", "/");
      for (const old of document.querySelectorAll("[data-live]")) {
        const other = fresh.getElementById(old.id);
        if (other) {
          adopt(old, other);
        }
      }
      const token = fresh.getElementById("token");
      if (form && token) {
        document.getElementById("token").value = token.value;
      }
      connection.textContent = "";
    } catch (e) {
      connection.textContent = e.message + " What you see is old.";
    }
    busy = false;
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    update();
  });
  setInterval(update, INTERVAL);

  if (!form) {
    return;
  }
  const result = document.getElementById("result");
  let sending = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) {
      return;
    }
    sending = true;
    form.setAttribute("aria-busy", "true");
    try {
      const fresh = await request("POST", form.action, new URLSearchParams(new FormData(form)).toString());
      const other = fresh.getElementById("result");
      if (other) {
        result.replaceChildren(...[...other.childNodes].map((node) => document.importNode(node, true)));
        const title = document.getElementById("result-title");
        if (title) {
          title.focus();
        }
      }
    } catch (e) {
      say(e.message);
    }
    sending = false;
    form.setAttribute("aria-busy", "false");
  });

  const say = (text) => {
    const problem = document.createElement("p");
    problem.className = "problem";
    problem.setAttribute("role", "alert");
    problem.textContent = text;
    result.replaceChildren(problem);
  };

  document.getElementById("routes-rows").addEventListener("click", (event) => {
    const link = event.target.closest("a.try");
    if (link) {
      event.preventDefault();
      const path = document.getElementById("path");
      path.value = link.dataset.path;
      path.focus();
      document.getElementById("test").scrollIntoView();
    }
  });
})();
