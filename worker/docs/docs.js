// The interactive page of /openapi.json; nothing is loaded from anywhere else.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interface",
  deepLinking: true,
  // Its badge would come from the network.
  validatorUrl: null,
});
