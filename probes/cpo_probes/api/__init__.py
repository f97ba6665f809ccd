"""Interfaces: what the shipped API descriptions say."""
