//! RubyEvents.
