// A Worker that says what it is asked, to show that a test would hear it.
export default {
  async fetch(request) {
    console.log(await request.text());
    console.error(request.url);
    return new Response("said");
  },
};
