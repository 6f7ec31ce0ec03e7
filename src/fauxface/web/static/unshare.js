// The address that was shown when the page was made holds the code behind its #: nobody needs to type it.
const code = document.querySelector("form.unshare input[name=token]");
code.value = location.hash.slice(1);
code.parentElement.hidden = code.value !== "";
