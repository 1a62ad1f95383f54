//! CWMP (TR-069) messages.
