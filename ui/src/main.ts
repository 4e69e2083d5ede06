import { mount } from "svelte";
import "./app.css";
import App from "./pages/App.svelte";
import { listen_to_links } from "./state/address.svelte";
import { apply_scheme } from "./state/scheme.svelte";
import { listen_for_expiry } from "./state/session.svelte";

apply_scheme();
listen_to_links();
listen_for_expiry();
mount(App, { target: document.getElementById("client") ?? document.body });
